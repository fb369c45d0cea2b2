"""Crosshire: inventory, planning and CRM for companies that rent out event equipment.

Nothing is loaded here: the supervisor and the command line live in this package and stay small.
`app.application` puts all of it together.
"""

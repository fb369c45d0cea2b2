"""As many processes and threads as the product has, without its hooks: the floor has no database of ours."""

from runpy import run_path

product = run_path("app/gunicorn.conf.py")
worker_class, workers, threads = product["worker_class"], product["workers"], product["threads"]
worker_connections, keepalive = product["worker_connections"], product["keepalive"]
preload_app = True
loglevel = "warning"
control_socket_disable = True

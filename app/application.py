"""All the parts put together into one Flask application."""

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.at_once import AtOnce
from app.blueprints import BLUEPRINTS
from app.config import Settings
from app.delivery import bind_delivery
from app.edge import IDLE, bind_edge
from app.errors import bind_errors
from app.extensions import bind_extensions, csrf
from app.htmx import htmx
from app.late_rules import LateRule
from app.templating import bind_templating

LARGEST_UPLOAD = 16 * 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """The application with all its parts."""
    settings = settings or Settings.from_environment()
    app = Flask("app")
    app.url_rule_class = LateRule
    configure(app, settings)
    bind_templating(app)
    htmx.init_app(app)
    bind_extensions(app, settings)
    bind_delivery(app)
    bind_edge(app)
    bind_errors(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
        if blueprint.name == "api":
            csrf.exempt(blueprint)
    app.wsgi_app = AtOnce(app.wsgi_app, settings.web_threads)  # type: ignore[method-assign]
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Flask's own settings, derived from ours."""
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_fallbacks) or None,
        TESTING=settings.testing,
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
        SESSION_COOKIE_NAME="__Host-sid" if settings.is_secure else "sid",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=IDLE),
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=limiter_storage(settings),
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_ENABLED=not settings.testing,
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def limiter_storage(settings: Settings) -> str:
    """Where request counts are kept; flask-limiter names a unix socket in its own way."""
    if settings.testing:
        return "memory://"
    return settings.redis_url.replace("unix://", "redis+unix://", 1)

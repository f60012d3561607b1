"""The console: web pages by which people see what the hub does, and put back what was refused."""

from tracehub.console.application import application
from tracehub.console.desk import Desk
from tracehub.console.guarding import Address
from tracehub.console.login import Login, OidcLogin, OpenLogin, Provider
from tracehub.console.lookout import Lookout
from tracehub.console.register import Register
from tracehub.console.session import Grant, Sessions

__all__ = [
    "Address",
    "Desk",
    "Grant",
    "Login",
    "Lookout",
    "OidcLogin",
    "OpenLogin",
    "Provider",
    "Register",
    "Sessions",
    "application",
]

"""Mail: one port with two ways out, an SMTP server or, where none is set, a folder that the operator reads."""

from arena.kit.mail.choose import choose_mail
from arena.kit.mail.message import Link, Mail, MailNotSent, Message

__all__ = ["Link", "Mail", "MailNotSent", "Message", "choose_mail"]

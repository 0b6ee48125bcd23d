"""Customer managed keys of desktops, browsers and mail, one rule each."""

from __future__ import annotations

from policies.customer_key import YOURS, customer_key_rule
from policies.rule import Severity

RULES = (
    customer_key_rule(
        "workspaces-volumes",
        ("aws:workspaces/workspace:Workspace",),
        "volumeEncryptionKey",
        what="WorkSpaces volumes",
        why="Desktops hold the work of your staff; encrypted volumes lie under the key aws/workspaces by default." + YOURS,
        remedy="Set volumeEncryptionKey to the ARN of a key that you manage; this replaces the workspace.",
        severity=Severity.LOW,
        topic="Encrypted WorkSpaces",
    ),
    customer_key_rule(
        "workspaces-secure-browser",
        (
            "aws:workspacesweb/portal:Portal",
            "aws:workspacesweb/browserSettings:BrowserSettings",
            "aws:workspacesweb/dataProtectionSettings:DataProtectionSettings",
            "aws:workspacesweb/ipAccessSettings:IpAccessSettings",
            "aws:workspacesweb/sessionLogger:SessionLogger",
            "aws:workspacesweb/userSettings:UserSettings",
        ),
        "customerManagedKey",
        what="Portals of WorkSpaces Secure Browser and their settings",
        why="They say who may do what in a session, and lie under a key that AWS owns unless you name one." + YOURS,
        severity=Severity.LOW,
        topic="Data protection in WorkSpaces Secure Browser",
    ),
    customer_key_rule(
        "workmail-organization",
        ("aws:workmail/organization:Organization",),
        "kmsKeyArn",
        what="WorkMail organizations",
        why="Mailboxes lie under a key that AWS manages unless the organization names one." + YOURS,
        remedy="Set kmsKeyArn to the ARN of a key that you manage; this replaces the organization.",
        severity=Severity.LOW,
        topic="Data protection in Amazon SES Mail Manager",
    ),
    customer_key_rule(
        "mail-manager-archive",
        ("aws:mailmanager/archive:Archive",),
        "kmsKeyArn",
        what="Mail Manager archives",
        why="Archived messages lie under a key that AWS owns unless the archive names one." + YOURS,
        severity=Severity.LOW,
        topic="Data protection in Amazon SES Mail Manager",
    ),
)

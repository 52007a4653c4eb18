"""Made-up names for the simulated world. Nobody and nothing here exists."""

from __future__ import annotations

from qbr_pipeline.demo.connectwise.rows import Board
from qbr_pipeline.demo.firms import FIRMS

REACTIVE_BOARD = "Help Desk"
BOARDS = (
    Board(1, REACTIVE_BOARD),
    Board(2, "Onboarding Projects"),
    Board(3, "Proactive Maintenance"),
    Board(4, "Monitoring Alerts"),
    Board(5, "Internal"),
    Board(6, "Help Desk (before 2023)", inactive=True),
)
OTHER_BOARDS = ("Onboarding Projects", "Proactive Maintenance", "Monitoring Alerts", "Internal")

CLOSED_STATUSES = (">Closed", ">Closed - No response", "Closed")
CLOSED_STATUS_WEIGHTS = (72, 8, 20)
CANCELLED = ">Cancelled"

COMPANIES = tuple(name for name, _ in FIRMS)

MEMBERS = (
    "Ada Samplesmith",
    "Bo Nonesuch",
    "Cleo Testwell",
    "Dmitri Placeholder",
    "Esmé Demoson",
    "Finn O'Example",
    "Gia Mockingbird",
)

SUMMARIES = (
    "Outlook asks for the password again and again",
    "Printer on the 2nd floor prints only half a page",
    'Message "disk is almost full" on start-up',
    "New employee starts on Monday: account and laptop",
    "VPN drops during video calls",
    "Shared mailbox is missing after an update",
    "Laptop doesn't wake up when docked",
    "Scanner sends blank pages — again",
    "Phone can't sync the calendar",
    "Wi-Fi is slow in the meeting room",
    "Locked out after too many attempts",
    "Second monitor flickers",
    "Please restore a deleted folder",
    "Suspicious e-mail, is it safe?",
    "Accounting program won't open",
    "Headset isn't recognized",
    "Renommer un utilisateur (mariage)",
    "Browser shows a certificate warning",
    "Keyboard types ß instead of a dash",
    "Label printer is offline",
)

OTHER_SUMMARIES = (
    "Monthly patch review",
    "Backup verification",
    "Migrate the file server",
    "Firewall firmware update",
    "Disk space alert cleared itself",
    "Replace the battery of the UPS",
    "Documentation clean-up",
    "Onboard a new location",
)

TYPES = ("Incident", "Service Request", "Question")
PRIORITIES = ("Priority 1 - Emergency", "Priority 2 - Quick", "Priority 3 - Normal", "Priority 4 - Low")

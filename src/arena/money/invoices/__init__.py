"""Invoices and credit notes: numbers without a gap, documents that never change, as JSON, PDF and CSV."""

from arena.money.invoices.files import invoice_pdf, invoices_csv
from arena.money.invoices.issue import credit, issue, left_to_credit
from arena.money.invoices.letters import send_invoice
from arena.money.invoices.model import (
    CreditAboveInvoice,
    Invoice,
    InvoiceIssued,
    Line,
    NewInvoice,
    NoSuchInvoice,
    Seller,
)
from arena.money.invoices.read import (
    credit_notes,
    find,
    intact,
    invoice_of,
    invoices_of,
    invoices_of_all,
    of_source,
    seen,
)
from arena.money.invoices.refunded import credit_dispute, credit_refund

__all__ = [
    "CreditAboveInvoice",
    "Invoice",
    "InvoiceIssued",
    "Line",
    "NewInvoice",
    "NoSuchInvoice",
    "Seller",
    "credit",
    "credit_dispute",
    "credit_notes",
    "credit_refund",
    "find",
    "intact",
    "invoice_of",
    "invoice_pdf",
    "invoices_csv",
    "invoices_of",
    "invoices_of_all",
    "issue",
    "left_to_credit",
    "of_source",
    "seen",
    "send_invoice",
]

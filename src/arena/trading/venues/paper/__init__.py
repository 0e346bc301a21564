"""The paper venue: fills by a documented model of the bar, or by the book where there is one."""

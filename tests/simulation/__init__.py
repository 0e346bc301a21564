"""Months of subscribers, creators, gateways on bad days and crashes, all from one seed."""

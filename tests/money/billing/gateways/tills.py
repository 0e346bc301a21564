"""Gateways to try, and what stands on the customer's side of each: cards, a bank's page, an operator."""

from dataclasses import dataclass, field

from arena.kit.db import Database
from arena.kit.ids import fresh
from arena.money.billing import FakeGateway, ManualGateway
from arena.money.billing.manual import TRANSFER
from arena.money.billing.model import Gateway, Outcome
from arena.money.billing.stripe import StripeGateway
from tests.doubles.stripe_server import StripeServer

ORIGIN = "https://arena.example.org"


@dataclass
class Till:
    """What the contract needs: tokens of cards by what they do, and a customer who acts."""

    gateway: Gateway

    async def paying(self) -> str:
        raise NotImplementedError

    async def declined(self) -> str | None:
        """None where nothing is declined."""
        return None

    async def asking(self) -> str | None:
        """None where no customer can act in a test."""
        return None

    async def act(self, waiting: Outcome) -> None:
        """The customer does what was required."""

    async def settle(self, key: str, outcome: Outcome) -> Outcome:
        """What a charge becomes that pays."""
        return outcome

    def pass_time(self, seconds: int) -> None:
        """For whoever is told of late."""


@dataclass
class FakeTill(Till):
    gateway: FakeGateway

    async def paying(self) -> str:
        return (await self.gateway.attach("4242424242424242")).token

    async def declined(self) -> str:
        return (await self.gateway.attach("4000000000009995")).token

    async def asking(self) -> str:
        return (await self.gateway.attach("4000002500003155")).token


@dataclass
class ManualTill(Till):
    gateway: ManualGateway

    async def paying(self) -> str:
        return (await self.gateway.attach(TRANSFER)).token

    async def asking(self) -> str:
        return await self.paying()

    async def act(self, waiting: Outcome) -> None:
        assert waiting.action_url is not None
        await self.gateway.receive(waiting.action_url.rsplit("/")[-1], "statement 7")

    async def settle(self, key: str, outcome: Outcome) -> Outcome:
        return await self.gateway.receive(key, "statement 7")


@dataclass
class StripeTill(Till):
    gateway: StripeGateway
    server: StripeServer | None = None
    customers: list[str] = field(default_factory=list)

    async def token(self, method: str) -> str:
        customer = await self.gateway.new_customer(fresh("usr"))
        return (await self.gateway.keep(method, customer)).token

    async def paying(self) -> str:
        return await self.token("pm_card_visa")

    async def declined(self) -> str:
        return await self.token("pm_card_chargeCustomerFail")

    async def asking(self) -> str | None:
        return await self.token("pm_card_authenticationRequired") if self.server else None

    async def act(self, waiting: Outcome) -> None:
        assert self.server is not None
        self.server.authenticate(waiting.charge_id)

    def pass_time(self, seconds: int) -> None:
        if self.server:
            self.server.pass_time(seconds)


def fake(db: Database) -> FakeTill:
    return FakeTill(FakeGateway(db))


def manual(db: Database) -> ManualTill:
    return ManualTill(ManualGateway(db))

import json
from tests.signals.strategists.language_model.test_replay import *
from tests.signals.strategists.language_model.conftest import *
from arena.signals.strategists.language_model import answers
from arena.signals.strategists.language_model.prompt import text_of
import arena.signals.strategists.language_model.replay as R
from tests.conftest import *

async def test_x(office, api, monkeypatch):
    await a_life(office, api)
    real = R.Kept.say
    async def say(self, turn, request):
        one = self._told.get(turn)
        if one is not None and text_of(request) != one.prompt:
            a, b = json.loads(one.prompt), json.loads(text_of(request))
            for m, n in zip(a["messages"], b["messages"]):
                if m != n: print("DIFF", json.dumps(m)[:3000]); print("NOW ", json.dumps(n)[:3000]); break
        return await real(self, turn, request)
    monkeypatch.setattr(R.Kept, "say", say)
    await replayed(office)
    assert 0

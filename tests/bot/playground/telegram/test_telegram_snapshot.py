import json
from pathlib import Path

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.playground.state import Bus, load_snapshots, save_snapshots
from bot.playground.telegram.emulator import TelegramEmulator
from bot.playground.wire import WireLog
from tests.fixtures.telegram_emulator import TOKEN, TelegramServer, png


async def test_a_kept_emulator_goes_on_and_gives_no_id_twice(telegram_server: TelegramServer, tmp_path: Path) -> None:
    anna, before = telegram_server.anna, telegram_server.telegram
    bot = await telegram_server.ptb()
    await anna.start()
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    sent = await bot.send_message(1001, "23,50 €", reply_markup=markup)
    query_id = await anna.tap(sent.message_id, "Go")
    photo = await anna.send_photo(png())
    group = before.create_group("Trip", creator_id=anna.id)
    await anna.add_to_group(group.id, telegram_server.account.id)
    await bot.set_my_commands([])
    updates = await bot.get_updates()

    kept = tmp_path / "chats.json"
    save_snapshots(kept, {"telegram": before})
    after = TelegramEmulator(wire=WireLog(), bus=Bus(), clock=telegram_server.clock)
    assert load_snapshots(kept, {"telegram": after})
    assert json.dumps(after.snapshot(), sort_keys=True) == json.dumps(before.snapshot(), sort_keys=True)

    restored = after.person(anna.id)
    account = after.state.only_bot()
    assert [update["update_id"] for update in account.pending] == [update.update_id for update in updates]
    assert [view.text for view in restored.messages()] == ["/start", "23,50 €", ""]
    assert restored.loading() == [query_id]
    assert after.wire.mask(f"bot {TOKEN}") == "bot ***"
    message = await restored.send_text("taxi")
    assert message.id == photo.id + 1
    assert account.pending[-1]["update_id"] == updates[-1].update_id + 1
    assert await restored.tap(sent.message_id, "Go") != query_id
    assert after.create_group("Another", creator_id=anna.id).id != group.id
    assert after.add_person("Carla").id not in (anna.id, telegram_server.ben.id)


def test_there_may_be_nothing_to_restore(tmp_path: Path) -> None:
    telegram = TelegramEmulator(wire=WireLog(), bus=Bus())
    assert not load_snapshots(tmp_path / "none.json", {"telegram": telegram})


def test_a_snapshot_of_another_version_is_refused() -> None:
    telegram = TelegramEmulator(wire=WireLog(), bus=Bus())
    with pytest.raises(ValueError, match="version 99"):
        telegram.restore({"version": 99, "state": {}})

"""The Telegram Bot API and the people who use it, emulated in memory.

`emulator.TelegramEmulator` holds the state, `people.Person` is what a person can do and see, `server.add_routes` serves
the Bot API, `control` serves the page. What is covered, and by which test it is shown, stands in `coverage.py`.
"""

"""`expenseflow run`: serves every platform whose tokens are set, until it is told to stop."""

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def run() -> None:
    """Serve every platform whose tokens are set. JSON lines on standard error; stops within 10 s of SIGTERM."""
    import asyncio

    from bot.logging import configure_logging
    from bot.settings import load_settings

    settings = load_settings()
    configure_logging(settings.log_level, settings.secret_values())
    from bot.wiring import serve

    asyncio.run(serve(settings))

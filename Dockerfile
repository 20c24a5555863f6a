# The image of ExpenseFlow: the playground to try it, and the bot for a team. docs/run-for-a-team.md says how to use it.
#
#   docker build --tag expenseflow .
#   docker run --rm --env EXPENSEFLOW_TELEGRAM_TOKEN=… --volume expenseflow:/var/lib/expenseflow expenseflow
#
# Debian 12, of which `make` installs the same packages, with a newer Python than its own.
FROM python:3.13-slim-bookworm AS build
WORKDIR /opt/expenseflow

# Wheels alone, each held to its hash: nothing is compiled, so no compiler is needed; and pip stays outside.
COPY requirements.txt ./
RUN python -m venv --without-pip .venv \
    && python -m pip --python .venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --no-deps --require-hashes --only-binary :all: --requirement requirements.txt \
    && rm requirements.txt

COPY core core
COPY handlers handlers
COPY jobs jobs
COPY bot bot
COPY locales locales
COPY scripts/compile_catalogues.py scripts/expenseflow.sh scripts/
# Whoever runs the bot may not write here: catalogues and bytecode are compiled now, or they would be at every start.
RUN install -m 755 scripts/expenseflow.sh .venv/bin/expenseflow \
    && for po in locales/*/LC_MESSAGES/*.po; do .venv/bin/python -m scripts.compile_catalogues "$po" "${po%.po}.mo"; done \
    && .venv/bin/python -m compileall -q bot handlers core jobs \
    && rm -r scripts


FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="ExpenseFlow" \
    org.opencontainers.image.description="An expense assistant that lives in Telegram and Slack" \
    org.opencontainers.image.licenses="MIT"

# tini ends what a killed worker leaves behind: the first process of a container has to, and Python does not.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        tini \
        tesseract-ocr \
        tesseract-ocr-deu \
        tesseract-ocr-eng \
        tesseract-ocr-fra \
        tesseract-ocr-ita \
        tesseract-ocr-nld \
        tesseract-ocr-pol \
        tesseract-ocr-por \
        tesseract-ocr-spa \
    && rm -rf /var/lib/apt/lists/* \
    && python -m pip uninstall --yes --quiet pip \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp expenseflow \
    && install --directory --mode 700 --owner expenseflow --group expenseflow /var/lib/expenseflow

COPY --from=build /opt/expenseflow /opt/expenseflow

# matplotlib keeps its list of fonts in a folder of its own; without one it complains at each start.
ENV PATH=/opt/expenseflow/.venv/bin:$PATH \
    MPLCONFIGDIR=/tmp/matplotlib \
    EXPENSEFLOW_DATA_DIR=/var/lib/expenseflow \
    EXPENSEFLOW_HTTP_HOST=0.0.0.0 \
    EXPENSEFLOW_HTTP_PORT=8080

USER expenseflow
WORKDIR /var/lib/expenseflow
VOLUME /var/lib/expenseflow
# The bot's health and webhooks; the playground's page.
EXPOSE 8080 8000

# Alive rather than ready: what restarts unhealthy containers must not restart a bot because Telegram is away.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", \
    "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ['EXPENSEFLOW_HTTP_PORT'] + '/health/live', timeout=4)"]

ENTRYPOINT ["tini", "--", "expenseflow"]
CMD ["run"]

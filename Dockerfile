# One image for every process of Plainleaf but the database and the web server.
# Pin the base by digest in your own registry; docs/operators.md says how.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/opt/venv/bin:$PATH
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/
RUN pip install --require-hashes --only-binary :all: -r /tmp/requirements.txt
WORKDIR /app
COPY pyproject.toml requirements.in README.md LICENSE manage.py ./
COPY cms cms
COPY frontend_export frontend_export
COPY content_fixtures content_fixtures
COPY deploy deploy
# Editable, as in development: the code in /app is the code that runs.
RUN pip install --no-deps --no-build-isolation --no-index -e . \
    && python -m compileall -q cms frontend_export
# The admin's files belong to this version of the code, so they are made here and not at start.
COPY tests/production.env /tmp/
RUN . /tmp/production.env \
    && PLAINLEAF_DATA_DIR=/data/cms python manage.py collectstatic \
       --no-input --verbosity 0 --settings cms.settings.production

FROM ${PYTHON_IMAGE}
# Every volume's folder exists and belongs to the user, so that a new volume does too.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin plainleaf \
    && install -d -o 10001 -g 10001 /data /data/cms /data/cms/media /data/public /data/state /data/spool
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
COPY --from=build /data/cms/static /data/cms/static
WORKDIR /app
USER 10001:10001
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=cms.settings.production
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "cms.wsgi"]

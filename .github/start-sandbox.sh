#!/usr/bin/env bash
# What action.yml runs: installs the sandbox beside the job, starts it, waits for it, and tells the steps that follow.
set -euo pipefail

folder="${RUNNER_TEMP:?}/kustomer-sandbox"
"${PYTHON:-python3}" -m venv "$folder/venv"
if [ -n "${VERSION:-}" ]; then
  "$folder/venv/bin/pip" install --quiet "kustomer-sandbox==$VERSION"
else
  "$folder/venv/bin/pip" install --quiet --constraint "${ACTION:?}/requirements.lock" "$ACTION"
fi

# Arguments stand apart by spaces, so they are not quoted.
# shellcheck disable=SC2086
nohup "$folder/venv/bin/kustomer-sandbox" up --port "${PORT:-8700}" --env ${ARGUMENTS:-} \
  > "$folder/facts" 2> "$folder/log" &
process=$!

for _ in $(seq 600); do
  if grep -q '^export WORLD=' "$folder/facts"; then break; fi
  if ! kill -0 "$process" 2> /dev/null; then
    echo "::error::The sandbox did not start." && cat "$folder/log" && exit 1
  fi
  sleep 0.1
done

# shellcheck disable=SC1091
. "$folder/facts"
{
  echo "KUSTOMER_SANDBOX_URL=$BASE"
  echo "KUSTOMER_SANDBOX_API_KEY=$KEY"
  echo "KUSTOMER_SANDBOX_MCP_URL=$MCP_URL"
  echo "KUSTOMER_SANDBOX_WORLD=$WORLD"
} >> "${GITHUB_ENV:?}"
{
  echo "base-url=$BASE"
  echo "api-key=$KEY"
  echo "mcp-url=$MCP_URL"
  echo "world=$WORLD"
} >> "${GITHUB_OUTPUT:?}"
echo "$folder/venv/bin" >> "${GITHUB_PATH:?}"

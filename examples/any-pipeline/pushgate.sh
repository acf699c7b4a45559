#!/usr/bin/env sh
# Pushgate in any pipeline, from a checkout of the repository:
#
#   ./pushgate.sh plan 17       plans merge request 17 and comments it
#   ./pushgate.sh apply main    applies what the checkout has, which must be on the branch main
#   ./pushgate.sh drift main    looks for drift and keeps an issue about it
#
# Variables: PUSHGATE_FORGE (github or gitlab), PUSHGATE_PROJECT (owner/name or group/name), PUSHGATE_TOKEN, and for an
# own server PUSHGATE_FORGE_URL (https://HOST/api/v3 or https://HOST/api/v4). PUSHGATE_RUN_URL makes links to the run.
set -eu
: "${PUSHGATE_FORGE:?is not set}" "${PUSHGATE_PROJECT:?is not set}" "${PUSHGATE_TOKEN:?is not set}"

case "${1:-} ${2:-}" in
  "plan "?*) exec pushgate plan --merge-request "$2" ;;
  "apply "?*) exec pushgate apply --branch "$2" ;;
  "drift "?*) exec pushgate drift --branch "$2" --detailed-exitcode ;;
  *) echo "usage: pushgate.sh plan NUMBER | apply BRANCH | drift BRANCH" >&2; exit 1 ;;
esac

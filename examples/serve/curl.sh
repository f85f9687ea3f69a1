#!/bin/sh
# Ask a server for a tier, report three failures, and ask again.
#
#     resolver serve &
#     examples/serve/curl.sh http://127.0.0.1:8181
#
# If the server needs a token, the variable RESOLVER_TOKEN has it.
set -eu
server=${1:-http://127.0.0.1:8181}
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# Call the server and print its answer: call PATH KEY BODY. A request without an answer, and one that was answered by 503,
# are repeated with the same key, so an outcome counts once.
call() {
  for wait in 1 2 4 8 0; do
    # The token is not an argument, since all users of the host can see arguments.
    status=$(
      printf 'Authorization: Bearer %s\n' "${RESOLVER_TOKEN:-}" |
        curl --silent --show-error --max-time 15 --header @- --header "Idempotency-Key: $2" \
          --header 'Content-Type: application/json' --data "$3" --output "$answer" --write-out '%{http_code}' "$server$1"
    ) || status=none
    case $status in
      200) cat "$answer" && echo && return ;;
      none | 503) sleep "$wait" ;;
      *) break ;;
    esac
  done
  echo "$1: $status $(cat "$answer")" >&2
  return 1
}

agent='"triad": "layout", "role": "worker_a"'
key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')

decision=$(call /v1/decide "$key" "{$agent}")
echo "$decision"
for number in 1 2 3; do
  call /v1/outcomes "$key-$number" "{$agent, \"failed\": true, \"kind\": \"task\", \"ran_on\": $decision}"
done
call /v1/decide "$key" "{$agent}"

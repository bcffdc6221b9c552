#!/bin/sh
# An office: what was resolved it finds solved. `whistle watch --exec` runs this for each event of its feed.
[ "$WHISTLE_EVENT" = resolved ] || exit 0
"$DEMO_WHISTLE" --principal "$1" --agent-name "$2" evaluate "$WHISTLE_NUMBER" --solved || exit 0

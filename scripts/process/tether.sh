#!/bin/sh
# Runs a command that must not outlive the process that started it.
#
#   tether.sh GRACE_SECONDS COMMAND [ARGUMENT…]
#
# Standard input is the lifeline: the starter holds its other end and never writes. When it closes,
# because the starter closed it or died, the command gets SIGTERM and, after the grace period, its
# whole process group SIGKILL. Descriptor 3 is told the command's process id. A shell and not a Node
# process, since one runs beside every process of the stack and this costs 2 MB instead of 40.
#
# The starter makes this script the leader of a new process group, so that a Ctrl-C in the terminal
# does not reach the command: the starter decides what is stopped in which order.

grace=$1
shift
exec 9<&0 </dev/null

"$@" 3>&- 9<&- &
command=$!
echo "$command" >&3
exec 3>&-
trap 'kill -s TERM "$command" 2>/dev/null' TERM INT HUP

(
  trap '' TERM INT HUP
  read -r _ <&9
  kill -s TERM "$command" 2>/dev/null
  tenths=$((grace * 10))
  while [ "$tenths" -gt 0 ] && kill -0 "$command" 2>/dev/null; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  kill -s KILL -- "-$$"
) &
watcher=$!
exec 9<&-

# A trapped signal interrupts wait, though the command still runs.
while :; do
  wait "$command"
  status=$?
  kill -0 "$command" 2>/dev/null || break
done

kill -s KILL "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
# What the command left behind in its group (wrangler's workerd, when wrangler was killed) goes too.
trap '' TERM
kill -s TERM -- "-$$" 2>/dev/null
exit "$status"

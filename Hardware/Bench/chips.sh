# shellcheck shell=bash
# Simulated GPIO chips, for scripts that ./boot runs; to be sourced. A call costs milliseconds under emulation, so what a
# test does in a loop starts no program. A line is known by its name; names hold no spaces or slashes.

# One file a chip, a line "NAME FOLDER" for each line in it: known to a $(subshell) and to other scripts too.
chips_folder=/run/bench/chips
mkdir -p "$chips_folder"
# A pipe in which nothing ever comes: reading it with a time limit is a sleep that starts no program.
exec {chips_never}<> <(:)

chips_fail() {
    echo "chips.sh: $*" >&2
    return 1
}

# Sets REPLY to the time, in microseconds since 1970, that is SECONDS from now.
chips_deadline() { # SECONDS
    [[ $1 =~ ^[0-9]+(\.[0-9]{1,6})?$ ]] || chips_fail "a time is in seconds, such as 2 or 0.5, not '$1'" || return
    local part=${BASH_REMATCH[1]#.}000000
    REPLY=$((${EPOCHREALTIME/./} + ${1%%.*} * 1000000 + 10#${part:0:6}))
}

# Sleeps a moment, or fails when the deadline is past.
chips_sleep() { # seconds deadline
    [ "${EPOCHREALTIME/./}" -lt "$2" ] || return
    read -rt "$1" -u "$chips_never" _ || true
}

# Sets REPLY to the folder of a line.
chips_find() { # chip line
    local name folder
    [ -f "$chips_folder/$1" ] || chips_fail "there is no chip $1; chip_make makes one" || return
    while read -r name folder; do
        [ "$name" = "$2" ] || continue
        REPLY=$folder
        return
    done <"$chips_folder/$1"
    chips_fail "the chip $1 has no line $2"
}

# Makes a chip, labelled NAME, whose lines have these names, in order from 0; prints its device.
chip_make() { # NAME LINE…
    local chip=$1 bank=$GPIO_SIM/$1/bank0 folders offset line parent device
    shift
    [ $# -gt 0 ] || chips_fail "chip_make $chip names no line" || return
    [ ! -e "$GPIO_SIM/$chip" ] || chips_fail "there is a chip $chip already; chip_remove removes it" || return
    folders=("$GPIO_SIM/$chip" "$bank")
    for ((offset = 0; offset < $#; offset++)); do folders+=("$bank/line$offset"); done
    mkdir "${folders[@]}" || return
    # No line break: the kernel would make it part of the name.
    printf %s $# >"$bank/num_lines" && printf %s "$chip" >"$bank/label" || return
    offset=0
    for line; do
        printf %s "$line" >"$bank/line$offset/name" || return
        offset=$((offset + 1))
    done
    printf 1 >"$GPIO_SIM/$chip/live" || chips_fail "the kernel did not make the chip $chip" || return
    read -r parent <"$GPIO_SIM/$chip/dev_name"
    read -r device <"$bank/chip_name"
    [ -c "/dev/$device" ] || chips_fail "the chip $chip is live, but there is no /dev/$device" || return
    offset=0
    for line; do
        echo "$line /sys/devices/platform/$parent/$device/sim_gpio$offset"
        offset=$((offset + 1))
    done >"$chips_folder/$chip"
    echo "/dev/$device"
}

# Drives an input from outside.
line_pull() { # NAME LINE up|down
    local REPLY
    [[ ${3-} == up || ${3-} == down ]] || chips_fail "a line is pulled up or down, not '${3-}'" || return
    chips_find "$1" "$2" || return
    printf 'pull-%s' "$3" >"$REPLY/pull"
}

# Prints the level of a line, 0 or 1: of an output what drives it, of an input its pull.
line_value() { # NAME LINE
    local REPLY value
    chips_find "$1" "$2" || return
    read -r value <"$REPLY/value" && echo "$value"
}

# Waits until a line has a level; fails when it has not within SECONDS.
line_wait() { # NAME LINE 0|1 SECONDS
    local REPLY value deadline
    chips_deadline "$4" || return
    deadline=$REPLY
    chips_find "$1" "$2" || return
    while read -r value <"$REPLY/value" && [ "$value" != "$3" ]; do
        chips_sleep 0.01 "$deadline" || return
    done
}

# Waits until a program listens for edges of a line, and so will miss none; fails when it does not within SECONDS.
# CONSUMER is the name under which it asked for the line.
listener_wait() { # CONSUMER SECONDS
    local REPLY interrupts
    chips_deadline "$2" || return
    until interrupts=$(</proc/interrupts) && [[ $interrupts =~ irq_sim[^$'\n']*[[:space:]]"$1"($'\n'|$) ]]; do
        chips_sleep 0.05 "$REPLY" || return
    done
}

# Takes a chip away, as when it is unplugged.
chip_remove() { # NAME
    [ -d "$GPIO_SIM/$1" ] || chips_fail "there is no chip $1 to remove" || return
    printf 0 >"$GPIO_SIM/$1/live" || return
    rmdir "$GPIO_SIM/$1/bank0"/line* "$GPIO_SIM/$1/bank0" "$GPIO_SIM/$1" || return
    rm -f "$chips_folder/$1"
}

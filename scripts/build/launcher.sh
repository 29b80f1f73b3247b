#!/bin/sh
# iot @VERSION@ for @TARGET@: the program and the Deno runtime that it runs on, in one file.
#
# The first start unpacks both into a cache; every later start goes straight there, and on that way
# nothing is forked and nothing is read but this text. docs/building.md in the sources says more.

case $0 in
  /*) IOT_LAUNCHER=$0 ;;
  *) IOT_LAUNCHER=$PWD/${0#./} ;;
esac

# Whether all that this version needs is below the folder $1, which must be the user's own. Files
# get their names only when they are whole, so that a name is enough.
iot_ready() {
  # shellcheck disable=SC3067 # not POSIX, but in dash, bash, busybox and the BSDs
  [ -O "$1" ] && [ -x "$1/@RUNTIME@/iot" ] || return
  for iot_file in @APP_FILES@; do
    [ -f "$1/@APP@/$iot_file" ] || return
  done
}

# Becomes the program: signals, exit code, stdin and arguments need no help from here.
iot_start() {
  DENO_DIR=$iot_cache/@APP@/deno
  DENO_NO_UPDATE_CHECK=1
  export IOT_LAUNCHER IOT_DENO_ENV DENO_DIR DENO_NO_UPDATE_CHECK
  exec "$iot_cache/@RUNTIME@/iot" run -q -A --no-config --no-lock --no-remote --no-npm \
    "$iot_cache/@APP@/main.js" "$@"
}

# What the user has set for a Deno of their own must not change this one. The program gives it back
# to the processes that it starts.
IOT_DENO_ENV=
if [ "@ENV_ANY@" ]; then
  for iot_name in @ENV_NAMES@; do
    eval "if [ \"\${$iot_name+x}\" ]; then
      IOT_DENO_ENV=\"\$IOT_DENO_ENV $iot_name\"
      export IOT_WAS_$iot_name=\"\$$iot_name\"
      unset $iot_name
    fi"
  done
fi

case ${XDG_CACHE_HOME-} in
  /*) iot_cache=$XDG_CACHE_HOME/iot ;;
  *) iot_cache=${HOME:+$HOME/.cache/iot} ;;
esac
if [ "$iot_cache" ] && iot_ready "$iot_cache"; then
  iot_start "$@"
fi

# From here on: the first start of this version, or a home that cannot keep it.

iot_home=$iot_cache
iot_path=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin
iot_uid=$(PATH=$iot_path; id -u)
case ${TMPDIR-} in
  /*) iot_temp=$TMPDIR/iot-$iot_uid ;;
  *) iot_temp=/tmp/iot-$iot_uid ;;
esac

# Whether $1 is a folder, no link to one, and ours: told by one look, so that nobody can put another
# in its place between two. Others may write where temporary files go.
iot_private() {
  [ "$(PATH=$iot_path; find "$1" -prune -type d -user "$iot_uid" -print 2>/dev/null)" ]
}

iot_cache=$iot_temp
if iot_private "$iot_cache" && iot_ready "$iot_cache"; then
  iot_start "$@"
fi

iot_machine=$(PATH=$iot_path; uname -sm)
if [ "$iot_machine" != "@MACHINE@" ]; then
  echo "iot: this file is for @MACHINE@, and this machine is $iot_machine:" \
    "get the file that was built for it." >&2
  exit 2
fi

# One of the compressed parts that follow this text: $2 bytes from byte $1.
iot_part() {
  tail -c "+$1" "$IOT_LAUNCHER" | head -c "$2"
}

# Unpacks into the folder $1. A subshell, so that PATH, umask and traps stay in here. Exit codes:
# 1 the folder will not do, 3 this file itself is damaged.
iot_unpack() (
  PATH=$iot_path
  umask 077
  mkdir -p "$1" 2>/dev/null
  # shellcheck disable=SC3067
  [ -O "$1" ] || exit 1
  iot_work=$(mktemp -d "$1/.unpack.XXXXXX" 2>/dev/null) || exit 1
  trap 'rm -rf "$iot_work"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  echo "iot: first start of this version: unpacking its Deno runtime and program" \
    "(@MEGABYTES@ MB) into $1. This happens once." >&2
  mkdir -p "$1/@RUNTIME@" "$1/@APP@" || exit 1
  while read -r iot_offset iot_size iot_mode iot_file; do
    [ -f "$1/$iot_file" ] && continue
    if ! iot_part "$iot_offset" "$iot_size" | gzip -dc >"$iot_work/part"; then
      iot_part "$iot_offset" "$iot_size" | gzip -t 2>/dev/null && exit 1
      exit 3
    fi
    chmod "$iot_mode" "$iot_work/part" || exit 1
    # A folder mounted noexec, or a system whose C library is not the GNU one, shows here.
    if [ "$iot_mode" = 700 ] && ! "$iot_work/part" --version >/dev/null; then
      exit 1
    fi
    # On the disk before it has its name: a power cut must not leave a name with half a file.
    sync "$iot_work/part" 2>/dev/null || sync 2>/dev/null
    mv -f "$iot_work/part" "$1/$iot_file" || exit 1
  done <<'FILES'
@FILES@
FILES
  iot_clean "$1"
  exit 0
)

# Removes from the folder $1 what no start needs: what was left by an unpacking that was killed more
# than a day ago; versions that nobody has started for 90 days (Deno touches a file of its own at
# each start) and that no process runs from; runtimes that no version is left for.
iot_clean() {
  [ -r /proc/self/cmdline ] || return
  find "$1" -name '.unpack.*' -prune -mtime +0 -exec rm -rf {} +
  for iot_old in "$1"/app-*; do
    if [ "$iot_old" = "$1/@APP@" ] ||
      [ "$(find "$iot_old" -mtime -90 -print 2>/dev/null)" ] ||
      grep -qsF "$iot_old/" /proc/[0-9]*/cmdline; then
      continue
    fi
    rm -rf "$iot_old"
  done
  for iot_old in "$1"/deno-*; do
    if [ -f "$iot_old/iot" ] &&
      [ "$(find "$iot_old" -prune -mtime +0 -print)" ] &&
      ! grep -qsxF "${iot_old##*/}" "$1"/app-*/runtime &&
      ! grep -qsF "$iot_old/" /proc/[0-9]*/cmdline; then
      rm -rf "$iot_old"
    fi
  done
} 2>/dev/null

for iot_cache in "$iot_home" "$iot_temp"; do
  [ "$iot_cache" ] || continue
  if [ "$iot_cache" = "$iot_temp" ]; then
    (PATH=$iot_path; mkdir -m 700 "$iot_temp" 2>/dev/null)
    iot_private "$iot_temp" || continue
  fi
  iot_unpack "$iot_cache"
  iot_status=$?
  case $iot_status in
    0) iot_ready "$iot_cache" && iot_start "$@" ;;
    3)
      echo "iot: $IOT_LAUNCHER is damaged (a download that was cut short?): get it again." >&2
      exit 2
      ;;
    129 | 130 | 143) exit "$iot_status" ;;
  esac
done
echo "iot: cannot unpack its Deno runtime: it needs @MEGABYTES@ MB in a folder of yours from which" \
  "programs may run, and neither ${iot_home:-\$HOME/.cache/iot} nor $iot_temp is one." \
  "Set XDG_CACHE_HOME to such a folder." >&2
exit 2

#!/bin/sh
# Install Debian packages without letting them start anything: `sh deploy/local/apt_install.sh <package>...`, as root.
#
# The private servers need the programs only. A package's own server would start on its default port, so a
# policy-rc.d (Debian's switch for that) forbids it meanwhile. One that exists already is somebody else's: it stays.
set -eu

policy=/usr/sbin/policy-rc.d
mark='# placed by deploy/local/apt_install.sh, removed when it ends'

# Two clones that install at the same time must not remove each other's policy.
exec 9>/var/lock/prosa-apt-install.lock
flock -w 900 9

remove_policy() {
    if [ -f "$policy" ] && grep -qxF "$mark" "$policy"; then rm -f "$policy"; fi
}
trap remove_policy EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

remove_policy # of an earlier call that was killed
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
    chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
install_packages() {
    apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 -- "$@"
}
# A machine's first minutes often belong to its own update job, and the lock of the lists has no timeout option.
update_lists() {
    for attempt in 1 2 3 4 5; do
        apt-get update && return
        sleep 5
    done
    return 1
}

install_packages "$@" || { update_lists && install_packages "$@"; }

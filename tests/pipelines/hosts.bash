# Loaded by tests of hosts: sshd and Slurm on this machine, for one test file, with keys and settings of their own.
# shellcheck shell=bash disable=SC2034,SC2154

free_port() {
    "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# until_true COMMAND...: waits up to 20 seconds for it to succeed.
until_true() {
    local i
    for i in $(seq 100); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.2
    done
    return 1
}

# start_sshd FOLDER: hosts `first` and `second` are this machine; nobody listens at `dead`. Sets PARALLEL_SSH.
start_sshd() {
    local dir=$1 port
    command -v sshd >/dev/null || PATH=$PATH:/usr/sbin
    command -v sshd >/dev/null || return 1
    mkdir -p -- "$dir"
    port=$(free_port)
    ssh-keygen -q -t ed25519 -N '' -f "$dir/host_key"
    ssh-keygen -q -t ed25519 -N '' -f "$dir/user_key"
    cp -- "$dir/user_key.pub" "$dir/authorized_keys"
    printf '%s\n' "Port $port" 'ListenAddress 127.0.0.1' "HostKey $dir/host_key" "PidFile $dir/sshd.pid" 'UsePAM no' \
        "AuthorizedKeysFile $dir/authorized_keys" 'StrictModes no' 'PasswordAuthentication no' 'MaxStartups 100' \
        >"$dir/sshd_config"
    printf '%s\n' 'Host dead' "  Port $(free_port)" 'Host first second dead' '  HostName 127.0.0.1' "  Port $port" \
        "  IdentityFile $dir/user_key" '  IdentitiesOnly yes' "  UserKnownHostsFile $dir/known_hosts" \
        '  StrictHostKeyChecking accept-new' '  LogLevel ERROR' >"$dir/ssh_config"
    # where sshd gives up its privileges; only root has some to give up
    [[ $(id -u) -ne 0 ]] || mkdir -p /run/sshd
    "$(command -v sshd)" -f "$dir/sshd_config" -E "$dir/sshd.log" 3>&-
    export PARALLEL_SSH="ssh -F $dir/ssh_config"
    until_true ssh -F "$dir/ssh_config" first true
}

stop_sshd() {
    [[ ! -f $1/sshd.pid ]] || kill "$(cat "$1/sshd.pid")"
}

# start_slurm FOLDER: a cluster of this machine alone. Sets SLURM_CONF. Fails where Slurm is not there, or not for this user.
start_slurm() {
    local dir=$1 host
    PATH=$PATH:/usr/sbin
    command -v slurmctld slurmd munged sbatch >/dev/null && [[ $(id -u) -eq 0 ]] || return 1
    host=$(uname -n)
    host=${host%%.*}
    mkdir -p -- "$dir/state" "$dir/spool"
    mkdir -m 700 -- "$dir/munge"
    (umask 077; head -c 1024 /dev/urandom >"$dir/munge/key")
    munged --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
        --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" 3>&- || return 1
    printf '%s\n' 'ClusterName=test' "SlurmctldHost=$host(127.0.0.1)" 'SlurmUser=root' 'SlurmdUser=root' \
        'AuthType=auth/munge' "AuthInfo=socket=$dir/munge/socket" 'CredType=cred/munge' "StateSaveLocation=$dir/state" \
        "SlurmdSpoolDir=$dir/spool" "SlurmctldPidFile=$dir/slurmctld.pid" "SlurmdPidFile=$dir/slurmd.pid" \
        "SlurmctldLogFile=$dir/slurmctld.log" "SlurmdLogFile=$dir/slurmd.log" "SlurmctldPort=$(free_port)" \
        "SlurmdPort=$(free_port)" 'ProctrackType=proctrack/linuxproc' 'TaskPlugin=task/none' \
        'JobAcctGatherType=jobacct_gather/none' 'AccountingStorageType=accounting_storage/none' \
        'SelectType=select/cons_tres' 'SelectTypeParameters=CR_Core' 'MpiDefault=none' 'SwitchType=switch/none' \
        'SchedulerParameters=sched_interval=1,batch_sched_delay=0' \
        "NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN" 'PartitionName=test Nodes=ALL Default=YES State=UP' 'PartitionName=long Nodes=ALL State=UP' \
        >"$dir/slurm.conf"
    export SLURM_CONF=$dir/slurm.conf
    slurmctld 3>&- && slurmd 3>&- && until_true idle_node
}

idle_node() {
    sinfo --noheader --format %t | grep -qx idle
}

stop_slurm() {
    local name
    for name in slurmd.pid slurmctld.pid munge/pid; do
        [[ ! -f $1/$name ]] || kill "$(cat "$1/$name")" || true
    done
}

package Inv::ClusterTime;

# A relay in front of a MongoDB server that gives each reply an operationTime,
# as members of replica sets do, and notes which reads ask for one.  Where the
# server tells one by itself, that one is left as it is.  A process of its own,
# which ends with the test.

use strict;
use warnings;

use IO::Select;
use IO::Socket::IP;
use POSIX ();

my $OP_MSG = 2013;
my $AFTER  = qr/\x11afterClusterTime\0(.{8})/s;

# uri: of the server; log: a file for what it notes.
sub new {
    my ($class, %opt) = @_;
    my ($host, $port, $rest)
        = $opt{uri} =~ m{^mongodb://([^:/?,]+):(\d+)(?:,[^/?]*)?(.*)$}
        or die "not a host and a port at first: $opt{uri}\n";
    # For members that a replica set names the driver would leave the relay.
    $rest =~ s/(?<=[?&])replicaSet=[^&]*&?//i;
    $rest =~ s/[?&]\z//;
    my $door = IO::Socket::IP->new(
        LocalHost => '127.0.0.1',
        Listen    => 64,
        Proto     => 'tcp',
    ) or die "listen: $!\n";
    open my $log, '>>', $opt{log} or die "$opt{log}: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        my $relay = bless { log => $log, now => 1_700_000_000 },
            'Inv::ClusterTime::Process';
        $SIG{TERM} = 'DEFAULT';
        $SIG{USR1} = sub { $relay->{turned} = 1 };
        $relay->_run($door, PeerHost => $host, PeerPort => $port);
        POSIX::_exit(0);
    }
    return bless {
        pid   => $pid,
        log   => $opt{log},
        owner => $$,
        uri   => 'mongodb://127.0.0.1:' . $door->sockport . $rest,
    }, $class;
}

# That of the relay, in place of the server's.
sub uri { my ($self) = @_; return $self->{uri} }

# From now on it is another cluster, whose time is behind: reads that ask for a
# time of before are refused as being ahead of it.
sub turn_back {
    my ($self) = @_;
    kill USR1 => $self->{pid};
    return;
}

# What it has noted from there on, in order: [told => time, command],
# [find => time, the message's bytes], [refused => time], ['turned']; times as
# numbers, 0: none.
sub noted {
    my ($self, $from) = @_;
    open my $in, '<', $self->{log} or return;
    my @lines = map { [ split ' ' ] } <$in>;
    $_->[2] = pack 'H*', $_->[2] for grep { $_->[0] eq 'find' } @lines;
    return @lines[ $from // 0 .. $#lines ];
}

# How much it has noted.
sub count { my ($self) = @_; return scalar(my @notes = $self->noted) }

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!);
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}


package Inv::ClusterTime::Process;

sub _note {
    my ($self, @words) = @_;
    syswrite $self->{log}, "@words\n";
    return;
}

# Seconds and ordinal stand the other way round in a timestamp's bytes.
sub _number { my ($i, $t) = unpack 'VV', shift; return $t * 4294967296 + $i }

sub _run {
    my ($self, $door, @where) = @_;
    my %end;
    my $select = IO::Select->new($door);
    while (1) {
        my @ready = $select->can_read;
        $self->_turn if delete $self->{turned};
        for my $sock (@ready) {
            if ($sock == $door) {
                my $client = $door->accept                or next;
                my $server = IO::Socket::IP->new(@where) or next;
                my $command;
                my %both = (bytes => '', command => \$command);
                $end{$client} = { %both, peer => $server, asks => 1 };
                $end{$server} = { %both, peer => $client };
                $select->add($client, $server);
                next;
            }
            my $end = $end{$sock} or next;
            next if $self->_take($sock, $end);
            $select->remove($sock, $end->{peer});
            delete @end{ $sock, $end->{peer} };
            close $_ for $sock, $end->{peer};
        }
    }
    return;
}

sub _turn {
    my ($self) = @_;
    @{$self}{qw(now known)} = (1_000, 0);
    $self->_note('turned');
    return;
}

# Whole messages go on; false: the connection is over.
sub _take {
    my ($self, $sock, $end) = @_;
    sysread $sock, $end->{bytes}, 65536, length $end->{bytes} or return;
    while (length $end->{bytes} >= 16) {
        my ($length, undef, undef, $code) = unpack 'V4', $end->{bytes};
        last if length $end->{bytes} < $length;
        my $message = substr $end->{bytes}, 0, $length, '';
        my $to = $end->{peer};
        if ($code == $OP_MSG) {
            ${ $end->{command} } = unpack 'x26Z*', $message if $end->{asks};
            ($to, $message) = $end->{asks}
                ? $self->_asked($sock, $to, $message)
                : ($to, $self->_answered($message, ${ $end->{command} }));
        }
        print {$to} $message or return;
        $to->flush;
    }
    return 1;
}

sub _asked {
    my ($self, $client, $server, $message) = @_;
    return ($server, $message) if substr($message, 26) !~ /^find\0/;
    my $time = $message =~ $AFTER ? _number($1) : 0;
    $self->_note(find => $time, unpack 'H*', $message);
    return ($server, $message)
        if !defined $self->{known} || $time <= $self->{known};
    $self->_note(refused => $time);
    my $why = 'afterClusterTime is ahead of the current clusterTime';
    my $body = "\x01ok\0" . pack('d<', 0) . "\x10code\0" . pack('l<', 72)
        . "\x02errmsg\0" . pack('V/a*', "$why\0");
    $body = pack('V', 5 + length $body) . "$body\0";
    my $id = unpack 'x4V', $message;
    return ($client,
        pack('V4 V C', 21 + length $body, 0, $id, $OP_MSG, 0, 0) . $body);
}

# The body is all that a reply has: one more member at its end.
sub _answered {
    my ($self, $message, $command) = @_;
    if ($message =~ /\x11operationTime\0(.{8})/s) {
        $self->_told(_number($1), $command);
        return $message;
    }
    my $time = pack 'VV', 1, ++$self->{now};
    $self->_told(_number($time), $command);
    substr $message, -1, 1, "\x11operationTime\0$time\0";
    my $more = length "\x11operationTime\0$time";
    for my $at (0, 21) {
        substr $message, $at, 4, pack 'V', $more + unpack "x${at}V", $message;
    }
    return $message;
}

sub _told {
    my ($self, $time, $command) = @_;
    $self->{known} = $time if defined $self->{known} && $time > $self->{known};
    $self->_note(told => $time, $command);
    return;
}

1;

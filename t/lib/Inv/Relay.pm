package Inv::Relay;

# A port of ::1 only, behind which is a server of IPv4: what a server is that
# can be reached over IPv6 alone.  A process of its own, which ends with the test.

use strict;
use warnings;

use IO::Select;
use IO::Socket::IP;
use POSIX ();

# Where to: a host and a port.  Nothing where there is no IPv6.
sub new {
    my ($class, $host, $port) = @_;
    my $door = IO::Socket::IP->new(
        LocalHost => '::1',
        Listen    => 64,
        V6Only    => 1,
        Proto     => 'tcp',
    ) or return;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $SIG{TERM} = 'DEFAULT';
        _relay($door, PeerHost => $host, PeerPort => $port);
        POSIX::_exit(0);
    }
    return bless { pid => $pid, port => $door->sockport, owner => $$ }, $class;
}

sub port { my ($self) = @_; return $self->{port} }

# Copies both ways until either side has closed.
sub _relay {
    my ($door, @where) = @_;
    my %other;
    my $select = IO::Select->new($door);
    while (my @ready = $select->can_read) {
        for my $sock (@ready) {
            if ($sock == $door) {
                my $client = $door->accept            or next;
                my $server = IO::Socket::IP->new(@where) or next;
                @other{ $client, $server } = ($server, $client);
                $select->add($client, $server);
                next;
            }
            my $peer = $other{$sock} or next;
            next if _copy($sock, $peer);
            $select->remove($sock, $peer);
            delete @other{ $sock, $peer };
            close $_ for $sock, $peer;
        }
    }
    return;
}

sub _copy {
    my ($from, $to) = @_;
    my $size = sysread $from, my $bytes, 65536;
    return $size && print({$to} $bytes) && $to->flush;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!);
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

1;

package Inv::Port;

# Free ports of loopback.  Each stays locked as long as its test lives, so that
# tests running beside each other never get the same; all are below the range
# from which the kernel takes the ports of outgoing connections.

use strict;
use warnings;

use Fcntl qw(:flock);
use File::Spec;
use IO::Socket::INET;

use constant {
    FIRST => 10_000,
    COUNT => 10_000,
};

my @held;

sub take {
    my $dir = File::Spec->catdir(File::Spec->tmpdir, "inv-test-ports-$>");
    mkdir $dir;
    for (1 .. COUNT) {
        my $port = FIRST + int rand COUNT;
        open my $lock, '>', "$dir/$port" or die "$dir/$port: $!\n";
        next if !flock $lock, LOCK_EX | LOCK_NB;
        next if !_is_free($port);
        push @held, $lock;
        return $port;
    }
    die "no free port\n";
}

sub _is_free {
    my ($port) = @_;
    return !!IO::Socket::INET->new(
        LocalAddr => '127.0.0.1',
        LocalPort => $port,
        Listen    => 1,
        ReuseAddr => 1,
    );
}

1;

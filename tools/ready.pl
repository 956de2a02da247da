#!/usr/bin/perl
# Speaks just enough MongoDB and Redis to tell whether a server answers.
# Core Perl only.
#
#   ready.pl mongo HOST PORT SECONDS   exit 0 once a count is answered ok
#   ready.pl redis HOST PORT SECONDS   exit 0 once PING is answered PONG
#   ready.pl port TAKEN...             print a free port that is not in TAKEN
#
# On a timeout: exit 1 and the last thing that went wrong, in one line.

use strict;
use warnings;
use IO::Socket::INET;
use Time::HiRes qw(time sleep);

use constant TRY_SECONDS => 2;       # one attempt, connect to answer
use constant PAUSE_SECONDS => 0.03;  # between attempts

# Below the range the kernel hands out to clients: a port of that range may be
# taken by anybody's outgoing connection while its server is down.
use constant { FIRST_PORT => 20000, LAST_PORT => 31999 };

my %probes = (mongo => \&probe_mongo, redis => \&probe_redis);

my ($what, @args) = @ARGV;
die "usage: ready.pl mongo|redis HOST PORT SECONDS | port TAKEN...\n"
    unless defined $what && ($what eq 'port' || $probes{$what} && @args == 3);
exit($what eq 'port' ? free_port(@args) : wait_for($probes{$what}, @args));

sub wait_for {
    my ($probe, $host, $port, $seconds) = @_;
    my $end = time() + $seconds;
    my $error = 'no attempt made';

    do {
        return 0 if eval {
            local $SIG{ALRM} = sub { die "no answer in time\n" };
            Time::HiRes::alarm(TRY_SECONDS);
            $probe->(connection($host, $port));
            Time::HiRes::alarm(0);
            1;
        };
        $error = $@;
        Time::HiRes::alarm(0);
        sleep PAUSE_SECONDS;
    } while (time() < $end);

    print STDERR $error;
    return 1;
}

sub connection {
    my ($host, $port) = @_;

    return IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port,
        Proto => 'tcp', Timeout => TRY_SECONDS)
        || die "cannot connect to $host:$port: $!\n";
}

sub read_exactly {
    my ($socket, $length) = @_;
    my $bytes = '';

    while (length $bytes < $length) {
        sysread($socket, $bytes, $length - length $bytes, length $bytes)
            or die "the connection was closed\n";
    }
    return $bytes;
}

# OP_MSG (opcode 2013) with one section of kind 0.  A count, not a
# ping: FerretDB answers a ping while PostgreSQL behind it is away.
sub probe_mongo {
    my ($socket) = @_;
    my $body = bson_string('count', 'ready') . bson_string('$db', 'admin');
    my $document = pack('V', length($body) + 5) . $body . "\0";
    my $message = pack('V C', 0, 0) . $document;

    syswrite $socket, pack('V4', length($message) + 16, 1, 0, 2013) . $message;
    my ($length) = unpack 'V', read_exactly($socket, 4);
    die "not a MongoDB reply\n" if $length < 26 || $length > 1 << 20;
    my $reply = read_exactly($socket, $length - 4);
    die "MongoDB answers, but not ok\n"
        unless $reply =~ /\x01ok\0\0\0\0\0\0\0\xf0\x3f/
            || $reply =~ /\x10ok\0\x01\0\0\0/;
}

sub bson_string {
    my ($name, $string) = @_;

    return "\x02$name\0" . pack('V', length($string) + 1) . "$string\0";
}

sub probe_redis {
    my ($socket) = @_;

    syswrite $socket, "PING\r\n";
    my $reply = read_exactly($socket, 5);
    die "Redis answers $reply instead of +PONG\n" unless $reply eq '+PONG';
}

sub free_port {
    my %taken = map { $_ => 1 } @_;

    for (1 .. 1000) {
        my $port = FIRST_PORT + int rand(LAST_PORT - FIRST_PORT + 1);
        next if $taken{$port};
        my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
            LocalPort => $port, Proto => 'tcp', Listen => 1) or next;
        print "$port\n";
        return 0;
    }
    print STDERR "no free port found\n";
    return 1;
}

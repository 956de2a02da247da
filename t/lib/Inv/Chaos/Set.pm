package Inv::Chaos::Set;

# A replica set that others have started: its primary can be told to step down,
# and its processes can be stopped where they are among those that this one sees.
# In place of the database and of its proxy: it makes no faults of its own.

use strict;
use warnings;

use Inv::Mongo;

# For how many seconds who has stepped down is not elected again.
use constant DOWN_SECONDS => 5;

# pids: "PORT:PID PORT:PID ...", or undef.
sub new {
    my ($class, $uri, $pids) = @_;
    die "not a replica set: CHAOS_SET needs replicaSet= in MONGO_URI\n"
        if $uri !~ /replicaSet=/;
    return bless {
        uri   => $uri,
        pids  => { map { split /:/ } split ' ', $pids // '' },
        owner => $$,
    }, $class;
}

sub uri { my ($self) = @_; return $self->{uri} }

# What the monkey does to it, and to all else.  Elections take their time, in
# which nothing else would be seen, so half of it is the others'.
sub deeds {
    my ($self) = @_;
    return (
        qw(step_down reload kill_worker step_down restart flush_redis
            step_down terminate kill_worker hang_redis),
        %{ $self->{pids} } ? (qw(pause_primary) x 3) : ()
    );
}

# Those of the proxy.
sub faults { return }
sub status { return {} }

sub _admin {
    my ($self) = @_;
    return $self->{admin} //= Inv::Mongo->new(
        Inv::Servers::with_database($self->{uri}, 'admin'));
}

# What it said, in a word.  It closes its connections, so no answer is one.
sub step_down {
    my ($self) = @_;
    my $reply = eval {
        $self->_admin->try(
            replSetStepDown           => DOWN_SECONDS,
            secondaryCatchUpPeriodSecs => DOWN_SECONDS - 1,
        );
    };
    return !$reply ? 'no answer' : $reply->{ok} ? 'done' : $reply->{errmsg};
}

# Its port.
sub pause_primary {
    my ($self) = @_;
    my $primary = $self->_admin->command(hello => 1)->{primary};
    my ($port) = $primary =~ /:(\d+)$/ or die "no port: $primary\n";
    my $pid = $self->{pids}{$port} or die "MONGO_PIDS lacks port $port\n";
    kill 'STOP', $pid or die "the member at port $port: $!\n";
    return $port;
}

sub resume_all {
    my ($self) = @_;
    return kill 'CONT', values %{ $self->{pids} };
}

# Whatever happens to the test.
sub DESTROY {
    my ($self) = @_;
    $self->resume_all if $$ == $self->{owner} && %{ $self->{pids} };
    return;
}

1;

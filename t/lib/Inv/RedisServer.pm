package Inv::RedisServer;

# A redis-server of a test's own, set up as the test wants it: with rights, TLS,
# a unix socket.  It keeps nothing, and ends with the test.

use strict;
use warnings;

use Inv::Port;
use Inv::Process qw(wait_until);
use Inv::Redis;

# dir: an existing folder.  name: of its files there.  more: its own words, as
# on a command line.  login: [user, password] for the test itself.
sub new {
    my ($class, %opt) = @_;
    my $self = bless {%opt, port => Inv::Port::take()}, $class;
    return $self->start;
}

sub port { my ($self) = @_; return $self->{port} }

sub start {
    my ($self) = @_;
    my $log = "$self->{dir}/$self->{name}.log";
    delete $self->{redis};
    $self->{process} = Inv::Process->start($log, 'redis-server',
        '--bind', '127.0.0.1', '--port', $self->{port}, '--save', '',
        '--appendonly', 'no', '--dir', $self->{dir},
        @{ $self->{more} // [] });
    wait_until(sub { eval { $self->command('PING') } })
        or die "redis-server $self->{name}: ", $self->{process}->output, "\n";
    return $self;
}

sub stop {
    my ($self) = @_;
    delete $self->{redis};
    $self->{process}->stop('KILL');
    return;
}

sub signal { my ($self, $name) = @_; return $self->{process}->signal($name) }

# A command of the test's own, over plain TCP.
sub command {
    my ($self, @words) = @_;
    my $login = $self->{login} ? join(':', @{ $self->{login} }) . '@' : '';
    $self->{redis} //= Inv::Redis->new(
        "redis://${login}127.0.0.1:$self->{port}");
    return $self->{redis}->command(@words);
}

sub keys_with {
    my ($self, $text) = @_;
    $self->command('PING');
    return $self->{redis}->keys_with($text);
}

1;

package Inv::Chaos::Monkey;

# Breaks one thing after another, in an order that its seed decides: each once,
# then each again in another order.  Everything is mended before the next.

use strict;
use warnings;

use Time::HiRes qw(sleep time);

use Inv::Chaos::Random;
use Inv::Redis;

# At work all the time: per million commands.  After errors of a server that
# says it is no primary any more drivers look for another for half a second, so
# these are rare.
my @WEATHER = (
    'drop 500', 'cut-before 1500', 'cut-after 1500', 'swallow 500',
    'hold 1500 ms=20-400', 'hold 700 ms=2500-7000', 'delay 2000 ms=20-500',
    'error 500', 'mask 700', 'concern 1500',
    'hold 1500 ms=500-4000 collection=ledger',
    'cut-after 3000 collection=claims',
    'swallow 1500 collection=claims',
);

# For some seconds, one of them.
my @STORMS = (
    ['drop 30000'], ['cut-before 100000'], ['cut-after 100000'],
    ['hold 100000 ms=50-3000 command=findAndModify'],
    ['hold 30000 ms=2200-6000', 'mask 30000'],
    ['delay 300000 ms=50-900'], ['swallow 40000'], ['error 200000'],
    ['mask 100000'], ['concern 100000'],
    ['cut-after 300000 collection=claims'],
    ['mask 200000 command=insert', 'cut-after 100000 command=update'],
);

my @DEEDS = qw(reload reload restart terminate kill_worker kill_worker kill_mongo pause_mongo
    flush_redis stop_redis hang_redis storm storm storm storm cut down);

# seed; proxy; nginx: list of Inv::Nginx; mongo, redis: private Inv::Servers;
# deeds: in place of all.
sub new {
    my ($class, %opt) = @_;
    return bless {
        deeds  => \@DEEDS,
        %opt,
        random => Inv::Chaos::Random->new($opt{seed}, 'monkey'),
        killed => {},
        done   => {},
        diary  => [],
    }, $class;
}

# {worker => when it was killed or terminated}
sub killed { my ($self) = @_; return $self->{killed} }

# {deed => how often}, and a line for each.
sub done  { my ($self) = @_; return $self->{done} }
sub diary { my ($self) = @_; return @{ $self->{diary} } }

sub run {
    my ($self, $ends) = @_;
    my @deck;

    $self->{proxy}->faults(@WEATHER);
    while (time < $ends) {
        @deck = $self->{random}->shuffle(@{ $self->{deeds} }) if !@deck;
        my $deed = shift @deck;
        $self->{done}{$deed}++;
        $self->can("_$deed")->($self);
        $self->_wait(0.2, 1.5);
    }
    $self->{proxy}->faults;
    return;
}

sub _wait {
    my ($self, $least, $most) = @_;
    return sleep $least + ($most - $least) * $self->{random}->fraction;
}

sub _note {
    my ($self, @text) = @_;
    push @{ $self->{diary} }, sprintf '%.3f %s', time, join '', @text;
    return;
}

sub _reload {
    my ($self) = @_;
    my $nginx = $self->{random}->pick(@{ $self->{nginx} });
    $self->_note("reload at port $nginx->{port}");
    return $nginx->signal('HUP');
}

# Whoever asks meanwhile finds nobody; what it had taken up, it ends first.
sub _restart {
    my ($self) = @_;
    my $nginx = $self->{random}->pick(@{ $self->{nginx} });
    $self->_note("nginx at port $nginx->{port} is told to end");
    $nginx->signal('QUIT');
    die "nginx does not end\n" if !defined $nginx->wait_end(60);
    $self->_note("nginx at port $nginx->{port} is started again");
    return $nginx->start;
}

# At once: what a worker has not settled by then is not settled by it any more,
# as if it had been killed.
sub _terminate {
    my ($self) = @_;
    my $nginx = $self->{random}->pick(@{ $self->{nginx} });
    my @workers = $nginx->workers;
    $self->_note("nginx at port $nginx->{port} is terminated");
    $nginx->signal('TERM');
    die "nginx is not to be terminated\n" if !defined $nginx->wait_end(60);
    $self->{killed}{$_} = time for @workers;

    # What nginx itself says of a worker that was leaving after a reload.
    $nginx->allow(
        map {qr/ $_#\d+: (?:\*\d+ open socket \S+ left in conn|aborting)/}
            @workers);
    return $nginx->start;
}

# Any of them, one that is leaving after a reload too.
sub _kill_worker {
    my ($self) = @_;
    my $nginx = $self->{random}->pick(@{ $self->{nginx} });
    my @workers = $nginx->workers or return;
    my $worker = $self->{random}->pick(@workers);
    kill 'KILL', $worker;
    $self->{killed}{$worker} = time;
    return $self->_note("worker $worker at port $nginx->{port} is killed");
}

sub _kill_mongo {
    my ($self) = @_;
    $self->_note('the database is killed');
    $self->{mongo}->kill;
    $self->_wait(0, 2);
    $self->{mongo}->start;
    return $self->_note('the database is started');
}

sub _pause_mongo {
    my ($self) = @_;
    $self->_note('the database hangs');
    $self->{mongo}->pause;
    $self->_wait(0.2, 4);
    $self->{mongo}->resume;
    return $self->_note('the database goes on');
}

# Of a replica set, see Inv::Chaos::Set.
sub _step_down {
    my ($self) = @_;
    return $self->_note('the primary steps down: ', $self->{mongo}->step_down);
}

sub _pause_primary {
    my ($self) = @_;
    my $port = $self->{mongo}->pause_primary;
    $self->_note("the primary at port $port hangs");
    # sometimes long enough for another to be elected
    $self->_wait(0.2, 15);
    $self->{mongo}->resume_all;
    return $self->_note("the member at port $port goes on");
}

sub _flush_redis {
    my ($self) = @_;
    $self->_note('Redis is flushed');
    return Inv::Redis->new($self->{redis}->uri)->command('FLUSHALL');
}

sub _stop_redis {
    my ($self) = @_;
    $self->_note('Redis is stopped');
    $self->{redis}->stop;
    $self->_wait(0, 2);
    return $self->{redis}->start;
}

sub _hang_redis {
    my ($self) = @_;
    $self->_note('Redis hangs');
    $self->{redis}->pause;
    $self->_wait(0.2, 2);
    return $self->{redis}->resume;
}

sub _storm {
    my ($self) = @_;
    my $storm = $self->{random}->pick(@STORMS);
    $self->_note('storm: ', join ', ', @{$storm});
    $self->{proxy}->faults(@{$storm}, @WEATHER);
    $self->_wait(1, 3);
    return $self->{proxy}->faults(@WEATHER);
}

sub _cut {
    my ($self) = @_;
    $self->_note('all connections to the database are cut');
    return $self->{proxy}->tell('cut');
}

sub _down {
    my ($self) = @_;
    $self->_note('the database cannot be connected to');
    $self->{proxy}->tell('down');
    $self->{proxy}->tell('cut');
    $self->_wait(0.2, 2);
    return $self->{proxy}->tell('up');
}

1;

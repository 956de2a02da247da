package Inv::Coherence::Monkey;

# Breaks Redis and what is around it, and what holds the floors, one thing after
# the other, in an order that its seed decides.  Everything is mended before the
# next.

use strict;
use warnings;

use parent 'Inv::Chaos::Monkey';

use File::Copy qw(copy);
use Time::HiRes qw(sleep);

use Inv::Coherence::Journal qw(now);
use Inv::Process qw(wait_until);
use Inv::Redis;

# Each as often as it is in it.
my @DEEDS = qw(reload reload rezone kill_worker kill_worker restart flush_redis
    stop_redis hang_redis hang_moments old_dump old_dump slow_requests
    slow_replies uneven uneven late late cut down);

# Beyond those of its parent: rezone: called with an nginx, gives it another
# inventory_zone; crowd: likewise, writes to very many products through it, only
# where the deeds are named; upgrade: whether there are binary upgrades.
sub new {
    my ($class, %opt) = @_;
    my @deeds = (@DEEDS, $opt{upgrade} ? ('upgrade') x 2 : ());
    return $class->SUPER::new(deeds => \@deeds, %opt);
}

sub run {
    my ($self, $ends) = @_;
    my @deck;
    while (now() < $ends) {
        @deck = $self->{random}->shuffle(@{ $self->{deeds} }) if !@deck;
        my $deed = shift @deck;
        $self->{done}{$deed}++;
        $self->can("_$deed")->($self);
        $self->_wait(0.1, 1);
    }
    return;
}

sub _some_nginx {
    my ($self) = @_;
    return $self->{random}->pick(@{ $self->{nginx} });
}

# While old workers still acknowledge writes, the new ones have a zone that does
# not know of them.
sub _rezone {
    my ($self) = @_;
    my $nginx = $self->_some_nginx;
    $self->_note("another zone at port $nginx->{port}");
    return $self->{rezone}->($nginx);
}

sub _crowd {
    my ($self) = @_;
    my $nginx = $self->_some_nginx;
    $self->_note("a crowd of products is written at port $nginx->{port}");
    return $self->{crowd}->($nginx);
}

sub _upgrade {
    my ($self) = @_;
    my $nginx = $self->_some_nginx;
    my $back = $self->{random}->chance(0.5);
    $self->_note("a binary upgrade at port $nginx->{port}",
        $back ? ', taken back' : '');
    return $nginx->upgrade(0.3 + 1.5 * $self->{random}->fraction, $back);
}


# Redis.

sub _redis { my ($self) = @_; return Inv::Redis->new($self->{redis}->uri) }

# Shorter than what is waited for it, or a little longer.
sub _hang_moments {
    my ($self) = @_;
    my ($pid) = $self->_redis->command(INFO => 'server') =~ /^process_id:(\d+)/m
        or die "Redis does not tell its process\n";
    $self->_note('Redis hangs for moments');
    for (1 .. $self->{random}->between(3, 8)) {
        kill 'STOP', $pid;
        $self->_wait(0.02, 0.12);
        kill 'CONT', $pid;
        $self->_wait(0.02, 0.2);
    }
    return;
}

# It dies and comes back with what it held a while ago.
sub _old_dump {
    my ($self) = @_;
    my $redis = $self->_redis;
    my $dump = $redis->command(CONFIG => 'GET', 'dir')->[1] . '/dump.rdb';
    $redis->command('SAVE');
    $self->_note('Redis is dumped');
    copy($dump, "$dump.old") or die "$dump: $!\n";
    $self->_wait(0, 0.6);
    $self->{redis}->kill;
    rename "$dump.old", $dump or die "$dump: $!\n";
    $self->{redis}->start;
    return $self->_note('Redis is killed and has its dump back');
}


# What is between: see redis_proxy.c.  A command is waited for 50 ms.

sub _held {
    my ($self, $least, $most, @rules) = @_;
    $self->_note(join ', ', @rules);
    $self->{proxy}->tell($_) for @rules;
    $self->_wait($least, $most);
    return $self->{proxy}->tell('clear');
}

sub _slow_requests {
    my ($self) = @_;
    return $self->_held(0.5, 1.5, 'requests 1000 300 1 45');
}

sub _slow_replies {
    my ($self) = @_;
    return $self->_held(0.5, 1.5, 'replies 1000 300 1 45');
}

# Some workers are told late, and tell late, others are not.
sub _uneven {
    my ($self) = @_;
    return $self->_held(1, 2, 'requests 500 1000 15 45');
}

# Commands that land when those who sent them have given them up.
sub _late {
    my ($self) = @_;
    return $self->_held(1, 2, 'requests 700 50 60 1500',
        'replies 1000 20 40 200');
}

sub _cut {
    my ($self) = @_;
    $self->_note('connections to Redis are cut');
    for (1 .. $self->{random}->between(1, 3)) {
        $self->{proxy}->tell('cut');
        $self->_wait(0.05, 0.5);
    }
    return;
}

sub _down {
    my ($self) = @_;
    $self->_note('Redis cannot be connected to');
    $self->{proxy}->tell('down');
    $self->{proxy}->tell('cut');
    $self->_wait(0.2, 1);
    return $self->{proxy}->tell('up');
}

1;

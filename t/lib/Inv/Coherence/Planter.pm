package Inv::Coherence::Planter;

# Puts copies of before back into Redis, over newer ones, for a while now and
# then: what a Redis does that was restored, or failed over to a replica that
# had fallen behind.  A process of its own.

use strict;
use warnings;

use Time::HiRes qw(sleep);

use Inv::Chaos::Random;
use Inv::Coherence::Journal qw(now);
use Inv::Redis;

use constant {
    KEPT_MAX => 6,     # copies of one key
    AT_ONCE  => 12,    # keys looked at in a turn
};

# seed; redis: its URL; ends: on the clock of the journal; count: a file for how
# many were planted.
sub new {
    my ($class, %opt) = @_;
    return bless {
        %opt,
        random  => Inv::Chaos::Random->new($opt{seed}, 'planter'),
        copies  => {},
        planted => 0,
    }, $class;
}

sub run {
    my ($self) = @_;
    my $random = $self->{random};
    while (now() < $self->{ends}) {
        my $until = now() + 0.3 + 1.2 * $random->fraction;
        my $done = eval { $self->_window($until); 1 };
        sleep($done ? 0.3 + $random->fraction : 0.1);
    }
    open my $out, '>', $self->{count} or die "$self->{count}: $!\n";
    print {$out} $self->{planted};
    close $out or die "$self->{count}: $!\n";
    return;
}

sub _window {
    my ($self, $until) = @_;
    my $random = $self->{random};
    my $redis = Inv::Redis->new($self->{redis});
    my @keys = sort $redis->keys_with('p:');
    my @old = grep { ($self->{copies}{$_} // [])->[1] } @keys;

    while (@keys && now() < $until) {
        for (1 .. AT_ONCE) {
            my $key = @old && $random->chance(0.8) ? $random->pick(@old)
                : $random->pick(@keys);
            $self->_plant($redis, $key);
        }
        sleep 0.005 + 0.02 * $random->fraction;
    }
    return;
}

sub _plant {
    my ($self, $redis, $key) = @_;
    my $copies = $self->{copies}{$key} //= [];
    my $copy = $redis->command(GET => $key);

    if (defined $copy && !grep { $_ eq $copy } @{$copies}) {
        push @{$copies}, $copy;
        shift @{$copies} if @{$copies} > KEPT_MAX;
    }
    my $old = $self->{random}->pick(@{$copies});
    return if !defined $old || defined $copy && $old eq $copy;
    $redis->command(SET => $key, $old);
    $self->{planted}++;
    return;
}

1;

package Inv::Chaos::Random;

# A seeded generator (xorshift32; Marsaglia, 2003), so that what a run does
# depends on its seed and on nothing else that draws.

use strict;
use warnings;

# The words make generators of one seed differ from each other.
sub new {
    my ($class, $seed, @words) = @_;
    my $state = $seed & 0xffffffff;
    for my $byte (unpack 'C*', join ' ', @words) {
        $state = (($state ^ $byte) * 16_777_619) & 0xffffffff;
    }
    my $self = bless { state => $state || 1 }, $class;
    $self->_next for 1 .. 8;
    return $self;
}

sub _next {
    my ($self) = @_;
    my $x = $self->{state};
    $x = ($x ^ ($x << 13)) & 0xffffffff;
    $x ^= $x >> 17;
    $x = ($x ^ ($x << 5)) & 0xffffffff;
    return $self->{state} = $x;
}

# At least 0, below 1.
sub fraction { my ($self) = @_; return $self->_next / 4_294_967_296 }

sub chance { my ($self, $probability) = @_; return $self->fraction < $probability }

# A whole number, both ends included.
sub between {
    my ($self, $least, $most) = @_;
    return $least + int($self->fraction * ($most - $least + 1));
}

sub pick {
    my ($self, @from) = @_;
    return $from[ $self->between(0, $#from) ];
}

sub shuffle {
    my ($self, @list) = @_;
    for my $n (reverse 1 .. $#list) {
        my $m = $self->between(0, $n);
        @list[ $n, $m ] = @list[ $m, $n ];
    }
    return @list;
}

# Lower-case hexadecimal digits.
sub hex_digits {
    my ($self, $n) = @_;
    my $text = '';
    $text .= sprintf '%08x', $self->_next while length $text < $n;
    return substr $text, 0, $n;
}

1;

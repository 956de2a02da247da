package Inv::Copy;

# A copy as it stands in Redis, read and sealed by what src/cache/inv_copy.h
# says of it, apart from the code that it tests.

use strict;
use warnings;
no warnings 'portable'; # 64 bits are needed

use MIME::Base64 qw(decode_base64);

my @fields = qw(tag id version made deadline origin length);

# undef: not a copy.
sub read {
    my ($class, $value) = @_;
    my ($head, $body) = split /\n/, $value, 2;
    my @values = ($head // '')
        =~ /^inv3 ([0-9a-f]{16}) ([0-9a-f]{24}) (\d{19}) (\d{19}) (\d{19}) ([0-9a-f]{16}) (\d{7})$/
        or return;
    my $self = bless { body => $body }, $class;
    @{$self}{@fields} = @values;
    return $self->{length} == length $body ? $self : undef;
}

sub _sealed {
    my ($self) = @_;
    return join(' ', @{$self}{ @fields[ 1 .. $#fields ] }) . "\n$self->{body}";
}

# The key of the tags below a prefix, from the secret, base64.
sub key {
    my ($class, $secret, $prefix) = @_;
    my @secret = unpack 'Q<2', decode_base64($secret);
    return [ map { _siphash(\@secret, chr($_) . $prefix) } 0, 1 ];
}

sub tag {
    my ($self, $key) = @_;
    return sprintf '%016x', _siphash($key, $self->_sealed);
}

# The value, with the tag that it should have.
sub sealed {
    my ($self, $key) = @_;
    $self->{length} = sprintf '%07d', length $self->{body};
    return 'inv3 ' . $self->tag($key) . ' ' . $self->_sealed;
}

# SipHash-2-4.
sub _siphash {
    my ($key, $bytes) = @_;
    my @v = (
        $key->[0] ^ 0x736f6d6570736575, $key->[1] ^ 0x646f72616e646f6d,
        $key->[0] ^ 0x6c7967656e657261, $key->[1] ^ 0x7465646279746573
    );
    my $rest = length($bytes) % 8;
    my @words = unpack 'Q<*', substr $bytes, 0, length($bytes) - $rest;
    push @words, unpack 'Q<', substr($bytes, length($bytes) - $rest)
        . "\0" x (7 - $rest) . chr(length($bytes) & 255);
    for my $word (@words) {
        $v[3] ^= $word;
        _rounds(\@v, 2);
        $v[0] ^= $word;
    }
    $v[2] ^= 0xff;
    _rounds(\@v, 4);
    return $v[0] ^ $v[1] ^ $v[2] ^ $v[3];
}

sub _rounds {
    my ($v, $n) = @_;
    for (1 .. $n) {
        $v->[0] = _sum($v->[0], $v->[1]);
        $v->[2] = _sum($v->[2], $v->[3]);
        $v->[1] = _rotated($v->[1], 13) ^ $v->[0];
        $v->[3] = _rotated($v->[3], 16) ^ $v->[2];
        $v->[0] = _rotated($v->[0], 32);
        $v->[2] = _sum($v->[2], $v->[1]);
        $v->[0] = _sum($v->[0], $v->[3]);
        $v->[1] = _rotated($v->[1], 17) ^ $v->[2];
        $v->[3] = _rotated($v->[3], 21) ^ $v->[0];
        $v->[2] = _rotated($v->[2], 32);
    }
    return;
}

# Modulo 2 to the power of 64, which Perl's + is not: by halves.
sub _sum {
    my ($a, $b) = @_;
    my $low = ($a & 0xffffffff) + ($b & 0xffffffff);
    return (($a >> 32) + ($b >> 32) + ($low >> 32) & 0xffffffff) << 32
        | $low & 0xffffffff;
}

sub _rotated {
    my ($x, $bits) = @_;
    return $x << $bits | $x >> 64 - $bits;
}

1;

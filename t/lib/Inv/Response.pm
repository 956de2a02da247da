package Inv::Response;

# An HTTP response, taken off the front of a buffer when it is complete.

use strict;
use warnings;

use JSON::PP;

my $json = JSON::PP->new->utf8->allow_nonref;

# The first complete response in the buffer, removed from it; undef: not yet.
# Interim answers (1xx) are gathered in `interim` unless asked for themselves.
sub take {
    my ($class, $buffer, $method, $eof, $want_interim) = @_;

    my ($head, $rest) = ${$buffer} =~ /\A(HTTP\/1\.[01] .*?\r\n)\r\n(.*)\z/s
        or return;
    my ($status_line, @lines) = split /\r\n/, $head;
    my ($status, $reason) = $status_line =~ /^\S+ (\d{3}) ?(.*)$/ or return;
    my @headers = map { [ $_ =~ /^([^:]+):\s*(.*?)\s*$/ ] } @lines;
    my $self = bless {
        status  => $status,
        reason  => $reason,
        headers => \@headers,
        version => substr($status_line, 5, 3),
    }, $class;

    if ($status < 200) {
        ${$buffer} = $rest;
        return $self if $want_interim;
        my $final = $class->take($buffer, $method, $eof);
        if (!$final) {
            ${$buffer} = "$head\r\n$rest";
            return;
        }
        unshift @{ $final->{interim} }, $self;
        return $final;
    }
    my $body = $self->_body(\$rest, $method, $eof);
    return if !defined $body;
    $self->{body} = $body;
    ${$buffer} = $rest;
    return $self;
}

sub _body {
    my ($self, $rest, $method, $eof) = @_;

    return '' if $method eq 'HEAD' || $self->{status} =~ /^(?:204|304)$/;
    return _chunks($rest)
        if ($self->header('Transfer-Encoding') // '') eq 'chunked';
    my $length = $self->header('Content-Length');
    if (defined $length) {
        return if length ${$rest} < $length;
        return substr ${$rest}, 0, $length, '';
    }
    return if !$eof;
    my $body = ${$rest};
    ${$rest} = '';
    return $body;
}

sub _chunks {
    my ($rest) = @_;
    my ($text, $body) = (${$rest}, '');
    while ($text =~ s/\A([0-9a-fA-F]+)\r\n//) {
        my $size = hex $1;
        return if length $text < $size + 2;
        my $part = substr $text, 0, $size, '';
        return if $text !~ s/\A\r\n//;
        $body .= $part;
        if ($size == 0) {
            ${$rest} = $text;
            return $body;
        }
    }
    return;
}

sub failed {
    my ($class, $error) = @_;
    return bless {
        status  => 0,
        headers => [],
        body    => '',
        error   => $error,
    }, $class;
}

sub status { my ($self) = @_; return $self->{status} }
sub body   { my ($self) = @_; return $self->{body} }

# All values joined by ", "; undef: absent.
sub header {
    my ($self, $name) = @_;
    my @values = map { $_->[1] }
        grep { lc $_->[0] eq lc $name } @{ $self->{headers} };
    return @values ? join(', ', @values) : undef;
}

sub keeps_alive {
    my ($self) = @_;
    my $connection = lc($self->header('Connection') // '');
    return 0 if $connection eq 'close';
    return $connection eq 'keep-alive' if $self->{version} eq '1.0';
    return 1;
}

# The body as data; undef where it is not JSON.
sub json {
    my ($self) = @_;
    if (!exists $self->{json}) {
        $self->{json} = eval { $json->decode($self->{body}) };
    }
    return $self->{json};
}

# A member's number as it was written: exact, exponents and zeros included.
sub number {
    my ($self, $member) = @_;
    my ($text) = $self->{body} =~ /"\Q$member\E"\s*:\s*([-+.0-9eE]+)/;
    return $text;
}

# For messages of failed tests.
sub text {
    my ($self) = @_;
    return "no answer: $self->{error}" if !$self->{status};
    return join "\n", $self->{status},
        (map {"$_->[0]: $_->[1]"} @{ $self->{headers} }), '', $self->{body};
}

1;

package Inv::Chaos::Request;

# One request with all its attempts: what it asked for, line by line, what each
# line was told in the end, and what is wrong with that by itself.  Pure.

use strict;
use warnings;

use JSON::PP;

my $json = JSON::PP->new->canonical->utf8->allow_nonref;

# What is ever answered here: no other status is expected.
my %EXPECTED = map { $_ => 1 } 0, 200, 201, 409, 503, 504;

# attempts: as Inv::Chaos::Journal has them, all of one request.
sub new {
    my ($class, @attempts) = @_;
    @attempts = sort { $a->{began} <=> $b->{began} } @attempts;
    my $self = bless {
        attempts => \@attempts,
        keyed    => $attempts[0]{keyed},
        batch    => $attempts[0]{batch},
        traces   => { map { $_->{trace} => 1 } @attempts },
        lines    => [ map { { %{$_}, answers => [] } } @{ $attempts[0]{lines} } ],
        wrong    => [],
    }, $class;
    $self->wrong(_strange($_)) for @attempts;
    $self->_answers($_) for @attempts;
    $self->_conclude($_) for @{ $self->{lines} };
    $self->_same if $self->{keyed} eq 'whole';
    return $self;
}

sub name     { my ($self) = @_; return $self->{attempts}[0]{request} }
sub attempts { my ($self) = @_; return @{ $self->{attempts} } }
sub traces   { my ($self) = @_; return $self->{traces} }
sub has_key  { my ($self) = @_; return $self->{keyed} ne 'none' }

# {product, type, delta, verdict (done, refused, failed or unknown), body (of
# the answer that the verdict is from)} each.
sub lines { my ($self) = @_; return @{ $self->{lines} } }

# Adds to what is wrong with it; each text without a line's end.
sub wrong {
    my ($self, @texts) = @_;
    push @{ $self->{wrong} }, @texts;
    return;
}

sub is_wrong { my ($self) = @_; return scalar @{ $self->{wrong} } }

# What no attempt may come to, whatever else happens.
sub _strange {
    my ($attempt) = @_;
    my @wrong;
    push @wrong, "a status of $attempt->{status}"
        if !$EXPECTED{ $attempt->{status} };
    push @wrong, 'no answer at all in time'
        if !$attempt->{status}
        && !$attempt->{left}
        && $attempt->{error} =~ /in time/;
    push @wrong, 'a key in flight, without a key'
        if $attempt->{keyed} eq 'none' && _says_in_flight(_body($attempt));
    return @wrong;
}

# Data; nothing where it is no JSON object.
sub _body {
    my ($attempt) = @_;
    return {} if $attempt->{status} == 0 || $attempt->{status} >= 500;
    my $body = eval { $json->decode($attempt->{body}) };
    return ref $body eq 'HASH' ? $body : {};
}

# Another attempt is not done yet: no answer to what was asked.
sub _says_in_flight {
    my ($answer) = @_;
    return ($answer->{type} // '') eq 'urn:ngx-inventory:idempotency-in-flight';
}

# A trace belongs to the time of asking, not to what is answered.
sub _comparable {
    my ($answer) = @_;
    my %rest = %{$answer};
    delete $rest{traceId};
    return $json->encode(\%rest);
}

# Gives each line its answer of an attempt.
sub _answers {
    my ($self, $attempt) = @_;
    my $body = _body($attempt);
    my @each = map {$body} $self->lines;

    if ($self->{batch} && $attempt->{status} == 200) {
        @each = @{ $body->{results} || [] };
        $self->wrong('not a result for each line') if @each != $self->lines;
    }
    for my $line ($self->lines) {
        my $answer = shift @each;
        $answer = {} if ref $answer ne 'HASH';
        my $status = ($self->{batch} ? $answer->{status} : undef)
            // $attempt->{status};
        push @{ $line->{answers} }, {
            status => _says_in_flight($answer) ? 0 : $status,
            body   => $answer,
            text   => _comparable($answer),
        };
    }
    return;
}

# What a line was told in the end.
sub _conclude {
    my ($self, $line) = @_;
    my @answers = @{ $line->{answers} };
    my @final = grep { $_->{status} && $_->{status} < 500 } @answers;

    if (!@final) {
        $self->wrong('no retry ever got a final answer') if $self->has_key;
        $line->{verdict} = !$self->has_key && $answers[-1]{status}
            ? 'failed' : 'unknown';
        return;
    }
    for my $other (@final[ 1 .. $#final ]) {
        $self->wrong("retries are told different things of $line->{product}")
            if $other->{text} ne $final[0]{text};
    }
    $line->{verdict} = $final[0]{status} < 300 ? 'done' : 'refused';
    $line->{body} = $final[0]{body};
    return;
}

# Answers to one key: one of them is the first, those that begin after it say
# that they repeat it, and all are the same.  (Two nodes that finish the same
# work at the same time cannot tell which of them is the first.)  One that failed
# in a line is none of them.
sub _same {
    my ($self) = @_;
    my @final = grep {
        $_->{status}
            && $_->{status} < 500
            && $_->{body} !~ /"status":5\d\d/
            && !_says_in_flight(_body($_))
    } $self->attempts;
    my %told = map { $_->{status} . ' ' . _comparable(_body($_)) => 1 } @final;
    $self->wrong('retries got other answers') if keys %told > 1;
    my @first = grep { !$_->{replayed} } @final;
    for my $later (@first) {
        $self->wrong('several answers claim to be the first')
            if grep { $_->{ended} < $later->{began} } @first;
    }
    return;
}

# For people: the request, its answers, and what the ledger has of it.
sub told {
    my ($self, $ledger) = @_;
    my @text = ('request ', $self->name, ", key: $self->{keyed}, ",
        $self->{batch} ? 'a batch' : 'alone', ":\n");
    push @text, map {"  WRONG: $_\n"} @{ $self->{wrong} };
    push @text, map {"  asks for $_->{type} $_->{delta} of $_->{product}\n"}
        $self->lines;
    for my $attempt ($self->attempts) {
        push @text, sprintf
            "  %.3f to %.3f, port %s, trace %s: %s%s%s%s %s\n",
            @{$attempt}{qw(began ended port trace status)},
            $attempt->{worker} ? " by worker $attempt->{worker}" : '',
            $attempt->{replayed} ? ', replayed' : '',
            $attempt->{left} ? ', the client leaves' : '',
            $attempt->{status} ? $attempt->{body} : $attempt->{error};
    }
    my @found = $ledger->of_traces($self->traces);
    push @text, @found ? movements_told(@found)
        : "  the ledger has nothing of it\n";
    return join '', @text;
}

# A line for each movement.
sub movements_told {
    my (@operations) = @_;
    return map {
        my $operation = $_;
        "  the ledger has $operation->{product}-$operation->{seq}: "
            . join(', ',
                map {"$_ $operation->{$_}"}
                grep { defined $operation->{$_} && !ref $operation->{$_} }
                    qw(t d stock k ref why trace))
            . "\n";
    } sort { $a->{product} cmp $b->{product} || $a->{seq} <=> $b->{seq} }
        @operations;
}

1;

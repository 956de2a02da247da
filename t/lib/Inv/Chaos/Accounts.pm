package Inv::Chaos::Accounts;

# Whether what clients were told and what the database holds are the same
# story.  Pure: attempts (Inv::Chaos::Journal), documents and who was killed go
# in, what is wrong comes out.
#
# An operation of the ledger carries the trace of the request that made it, so
# each belongs to one request; those of one request on one product by the same
# delta are interchangeable.

use strict;
use warnings;

use JSON::PP;

my $json = JSON::PP->new->canonical->utf8->allow_nonref;

# What is ever answered here: no other status is expected.
my %EXPECTED = map { $_ => 1 } 0, 200, 409, 503, 504;

# products: their documents; ledger: {product's id => its entries}; attempts;
# killed: {worker => when it was killed -9, in seconds}; known: {trace => 1} of
# requests that are no attempts.
sub new {
    my ($class, %opt) = @_;
    return bless { killed => {}, known => {}, %opt, excused => 0 }, $class;
}

# Failed decrements that were neither undone nor to be, their worker's death
# being the reason: how many, once problems() has been called.
sub excused { my ($self) = @_; return $self->{excused} }

# Texts, none when all is well.
sub problems {
    my ($self) = @_;
    $self->{problems}   = [];
    $self->{excused}    = 0;
    $self->{operations} = {};    # product => [of seq 1, of seq 2, ...]
    $self->{traced}     = {};    # trace => product => [operations]
    $self->{stocks}     = {};    # product => {stock after an entry => 1}
    $self->{claimed}    = {};    # movement's id => the request it answered

    $self->_book($_) for @{ $self->{products} };
    my %attempts;
    for my $attempt (@{ $self->{attempts} }) {
        if ($attempt->{floor}) {
            $self->_read($attempt);
            next;
        }
        push @{ $attempts{ $attempt->{request} } }, $attempt;
    }
    $self->_request(@{ $attempts{$_} }) for sort keys %attempts;
    $self->_nobodys;
    return @{ $self->{problems} };
}

sub _wrong {
    my ($self, @text) = @_;
    push @{ $self->{problems} }, join '', @text;
    return;
}


# The books of a product.

sub _book {
    my ($self, $product) = @_;
    my $id = $product->{_id};
    my ($seq, $stock, $reserved) = (0, 0, 0);
    $self->{operations}{$id} = [];
    my @entries = $self->_entries($product);

    # A first stock of nothing is no movement.
    $self->{stocks}{$id}{0} = 1 if !@entries || $entries[0]{ops}[0]{t} ne 'set';
    for my $entry (@entries) {
        my $name = "product $id, entry $entry->{from}..$entry->{to}";
        $self->_wrong("$name: follows seq $seq") if $entry->{from} != $seq + 1;
        $self->_wrong("$name: has ", scalar @{ $entry->{ops} }, ' operations')
            if $entry->{to} - $entry->{from} + 1 != @{ $entry->{ops} };
        $seq = $entry->{from} - 1;
        for my $operation (@{ $entry->{ops} }) {
            $stock    += $operation->{d};
            $reserved += $operation->{r} // 0;
            $seq++;
            $self->_wrong("$name: stock is $stock at seq $seq") if $stock < 0;
            $self->_wrong("$name: $reserved are reserved at seq $seq")
                if $reserved < 0;
            $self->_remember($id,
                { %{$operation}, seq => $seq, stock => $stock });
        }
        $self->_wrong("$name: after it $entry->{after}, the sum is $stock")
            if $entry->{after} != $stock;
        $self->{stocks}{$id}{$stock} = 1;
        $seq = $entry->{to};
    }
    $self->_wrong("product $id: seq $product->{seq}, the entries end at $seq")
        if $product->{seq} != $seq;
    $self->_wrong("product $id: stock $product->{stock}, the sum is $stock")
        if $product->{stock} != $stock;
    $self->_wrong("product $id: reserved $product->{reserved}, ",
        "the sum is $reserved")
        if $product->{reserved} != $reserved;
    $self->_wrong("product $id: its outbox is not empty")
        if @{ $product->{outbox} // [] };
    return;
}

# In order of seq; what a drain has put into the ledger and not yet pulled is
# in both places, and the same in both.
sub _entries {
    my ($self, $product) = @_;
    my $id = $product->{_id};
    my @entries = @{ $self->{ledger}{$id} // [] };
    my %stored = map { $_->{to} => $_->{b} } @entries;

    for my $entry (@entries) {
        $self->_wrong("product $id: ledger entry $entry->{_id} ends at ",
            $entry->{to})
            if $entry->{_id} ne "$id-$entry->{to}";
    }
    push @entries, grep { ($stored{ $_->{to} } // '') ne $_->{b} }
        @{ $product->{outbox} // [] };
    my %batch;
    for my $entry (@entries) {
        $self->_wrong("product $id: batch $entry->{b} is entered twice")
            if $batch{ $entry->{b} }++;
    }
    return sort { $a->{from} <=> $b->{from} || $a->{to} <=> $b->{to} } @entries;
}

sub _remember {
    my ($self, $id, $operation) = @_;
    $self->{operations}{$id}[ $operation->{seq} - 1 ] = $operation;
    push @{ $self->{traced}{ $operation->{trace} // '' }{$id} }, $operation;
    return;
}

sub _nobodys {
    my ($self) = @_;
    my %trace = (%{ $self->{known} },
        map { $_->{trace} => 1 } @{ $self->{attempts} });
    for my $trace (grep { !$trace{$_} } sort keys %{ $self->{traced} }) {
        my $found = $self->{traced}{$trace};
        $self->_wrong("nobody asked for this (trace $trace):\n",
            map { _movements($_, @{ $found->{$_} }) } sort keys %{$found});
    }
    return;
}

# Whoever reads after an acknowledged write sees it.
sub _read {
    my ($self, $attempt) = @_;
    return if $attempt->{status} == 0 || $attempt->{status} >= 500;
    my $version = $attempt->{status} == 200
        && $attempt->{body} =~ /"version":(\d+)/ ? $1 : 0;
    return if $version >= $attempt->{floor};
    $self->_wrong("a write at port $attempt->{port} had made version ",
        "$attempt->{floor}; read there later: $attempt->{status} by worker ",
        "$attempt->{worker} at $attempt->{began}, trace $attempt->{trace}: ",
        $attempt->{body});
    return;
}


# One request, all its attempts.

sub _request {
    my ($self, @attempts) = @_;
    @attempts = sort { $a->{began} <=> $b->{began} } @attempts;
    my $first = $attempts[0];
    my $request = {
        attempts => \@attempts,
        keyed    => $first->{keyed},
        traces   => { map { $_->{trace} => 1 } @attempts },
        lines    => [ map { { %{$_} } } @{ $first->{lines} } ],
        wrong    => [],
    };

    push @{ $request->{wrong} }, map { _strange($_) } @attempts;
    $self->_answers($request);
    $self->_line($request, $_) for @{ $request->{lines} };
    $self->_same($request) if $request->{keyed} eq 'whole';
    $self->_count($request);
    $self->_wrong($self->_told($request)) if @{ $request->{wrong} };
    return;
}

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
        if _in_flight($attempt) && $attempt->{keyed} eq 'none';
    return @wrong;
}

sub _in_flight {
    my ($attempt) = @_;
    return $attempt->{status} == 409
        && _says_in_flight(eval { $json->decode($attempt->{body}) } // {});
}

# Neither failed, wholly or in one of its lines, nor in flight.
sub _is_final {
    my ($attempt) = @_;
    return $attempt->{status}
        && $attempt->{status} < 500
        && !_in_flight($attempt)
        && $attempt->{body} !~ /"status":5\d\d/;
}

# Another attempt is not done yet: no answer to what was asked.
sub _says_in_flight {
    my ($answer) = @_;
    return ($answer->{type} // '') eq 'urn:ngx-inventory:idempotency-in-flight';
}

# Gives each line its answers: {status, body (data), text} each.
sub _answers {
    my ($self, $request) = @_;
    for my $attempt (@{ $request->{attempts} }) {
        my $body = $attempt->{status} == 200 || $attempt->{status} == 409
            ? eval { $json->decode($attempt->{body}) } : {};
        my @each = map {$body} @{ $request->{lines} };
        if ($attempt->{batch} && $attempt->{status} == 200) {
            @each = @{ ref $body eq 'HASH' && $body->{results} || [] };
            push @{ $request->{wrong} }, 'not a result for each line'
                if @each != @{ $request->{lines} };
        }
        for my $line (@{ $request->{lines} }) {
            my $answer = shift @each;
            $answer = {} if ref $answer ne 'HASH';
            push @{ $line->{answers} }, {
                status => _says_in_flight($answer) ? 0
                    : $answer->{status} // $attempt->{status},
                body => $answer,
                text => _comparable($answer),
            };
        }
    }
    return;
}

# A trace belongs to the time of asking, not to what is answered.
sub _comparable {
    my ($answer) = @_;
    my %rest = %{$answer};
    delete $rest{traceId};
    return $json->encode(\%rest);
}

# A line's verdict: done, refused, failed or unknown.
sub _line {
    my ($self, $request, $line) = @_;
    my @answers = @{ $line->{answers} // [] };
    my @final = grep { $_->{status} && $_->{status} < 500 } @answers;

    if (!@final) {
        push @{ $request->{wrong} }, 'no retry ever got a final answer'
            if $request->{keyed} ne 'none';
        my $failed = $request->{keyed} eq 'none' && @answers
            && $answers[-1]{status};
        $line->{verdict} = $failed ? 'failed' : 'unknown';
        return;
    }
    for my $other (@final[ 1 .. $#final ]) {
        push @{ $request->{wrong} },
            "retries are told different things of $line->{product}"
            if $other->{text} ne $final[0]{text};
    }
    if ($final[0]{status} == 200) {
        $line->{verdict} = 'done';
        $self->_done($request, $line, $final[0]{body});
        return;
    }
    $line->{verdict} = 'refused';
    $self->_refused($request, $line, $final[0]{body});
    return;
}

# What was acknowledged is what the ledger says, and nobody else's.
sub _done {
    my ($self, $request, $line, $body) = @_;
    my $wrong = sub { push @{ $request->{wrong} }, join '', @_ };
    my ($id, $seq) = ($body->{movementId} // '') =~ /^([0-9a-f]{24})-(\d+)$/;
    return $wrong->('acknowledged without a movement') if !$seq;

    my $other = $self->{claimed}{ $body->{movementId} };
    $wrong->("movement $body->{movementId} is request $other\'s too") if $other;
    $self->{claimed}{ $body->{movementId} } = $request->{attempts}[0]{request};

    my $found = $self->{operations}{$id}[ $seq - 1 ];
    return $wrong->("movement $body->{movementId} is not in the ledger")
        if $id ne $line->{product} || !$found;
    $wrong->("movement $body->{movementId} has another's trace")
        if !$request->{traces}{ $found->{trace} // '' };
    my $size = $line->{type} eq 'adjust' ? $body->{delta} : $body->{quantity};
    my @pairs = (
        [ 'type in the ledger',  $found->{t},         $line->{type} ],
        [ 'delta in the ledger', $found->{d},         $line->{delta} ],
        [ 'type',                $body->{type},       $line->{type} ],
        [ 'product',             $body->{productId},  $line->{product} ],
        [ 'remaining',           $body->{remaining},  $found->{stock} ],
        [ 'quantity or delta',   $size,
            $line->{type} eq 'adjust' ? $line->{delta} : abs $line->{delta} ],
    );
    for my $pair (@pairs) {
        my ($what, $got, $expected) = @{$pair};
        $wrong->("movement $body->{movementId}: $what is ",
            $got // 'nothing', ", not $expected")
            if ($got // '') ne $expected;
    }
    return;
}

# A refusal names a stock that there was.
sub _refused {
    my ($self, $request, $line, $body) = @_;
    my $wrong = sub { push @{ $request->{wrong} }, join '', @_ };
    return $wrong->('refused, but not for the stock')
        if ($body->{type} // '') ne 'urn:ngx-inventory:out-of-stock';
    $wrong->('requested is not what was asked')
        if ($body->{requested} // '') ne -$line->{delta};
    $wrong->('refused though there was enough')
        if !defined $body->{available}
        || $body->{available} + $line->{delta} >= 0;
    $wrong->("refused for a stock that never was: $body->{available}")
        if defined $body->{available}
        && !$self->{stocks}{ $line->{product} }{ $body->{available} };
    return;
}

# Answers to one key: one of them is the first, the others say that they repeat
# it, and all are the same.
sub _same {
    my ($self, $request) = @_;
    my @final = grep { _is_final($_) } @{ $request->{attempts} };
    my %body;
    for my $attempt (@final) {
        my $data = eval { $json->decode($attempt->{body}) };
        my $text = ref $data eq 'HASH' ? _comparable($data) : $attempt->{body};
        $body{"$attempt->{status} $text"}++;
    }
    push @{ $request->{wrong} }, 'retries got other answers' if keys %body > 1;
    push @{ $request->{wrong} }, 'several answers claim to be the first'
        if grep( { !$_->{replayed} } @final) > 1;
    return;
}


# How many operations there must be.

sub _count {
    my ($self, $request) = @_;
    my %class;
    for my $line (@{ $request->{lines} }) {
        push @{ $class{"$line->{product} $line->{delta}"} }, $line;
    }
    my $seen = 0;
    for my $class (values %class) {
        $seen += $self->_count_class($request, @{$class});
    }
    my $all = $self->_found($request);
    push @{ $request->{wrong} }, 'the ledger has what it did not ask for'
        if $all != $seen;
    return;
}

# All operations of the request on a product, or on any.
sub _found {
    my ($self, $request, $product) = @_;
    my @found;
    for my $trace (keys %{ $request->{traces} }) {
        my $by_product = $self->{traced}{$trace} // next;
        push @found, map { @{ $by_product->{$_} } }
            grep { !defined $product || $_ eq $product } keys %{$by_product};
    }
    return @found;
}

# Lines of one product and delta; returns how many operations are theirs.
sub _count_class {
    my ($self, $request, @lines) = @_;
    my ($product, $delta) = @{ $lines[0] }{qw(product delta)};
    my %type = map { $_->{type} => 1 } @lines;
    my @found = $self->_found($request, $product);
    my $made = grep { $type{ $_->{t} } && $_->{d} == $delta } @found;
    my $undone = grep { $_->{t} eq 'undo' && $_->{d} == -$delta } @found;
    my $least = grep { $_->{verdict} eq 'done' } @lines;
    my $most = $least;
    my $excuse = 0;

    for my $line (@lines) {
        next if $line->{verdict} =~ /^(?:done|refused)$/;
        my $may_stay = $line->{verdict} eq 'unknown' || $delta > 0;
        $most++   if $may_stay;
        $excuse++ if !$may_stay && $self->_killed($request);
    }
    my $stays = $made - $undone;
    my $name = "$product by $delta: $made made, $undone undone";
    push @{ $request->{wrong} }, "$name, at least $least stay"
        if $stays < $least;
    push @{ $request->{wrong} }, "$name, at most $most stay"
        if $stays > $most + $excuse;
    push @{ $request->{wrong} }, "$name, of " . @lines . ' asked'
        if $made > @lines;
    push @{ $request->{wrong} }, "$name, under a key"
        if $undone && $request->{keyed} ne 'none';
    $self->{excused} += $stays - $most
        if $stays > $most && $stays <= $most + $excuse;
    return $made + $undone;
}

# Whether the worker that answered was killed afterwards.
sub _killed {
    my ($self, $request) = @_;
    return scalar grep {
        my $at = $self->{killed}{ $_->{worker} };
        defined $at && $at >= $_->{began};
    } @{ $request->{attempts} };
}


# For people.

sub _told {
    my ($self, $request) = @_;
    my ($first) = @{ $request->{attempts} };
    my @text = ("request $first->{request}, key: $first->{keyed}, ",
        $first->{batch} ? 'a batch' : 'alone', ":\n");
    push @text, map {"  WRONG: $_\n"} @{ $request->{wrong} };
    push @text, map {"  asks for $_->{type} $_->{delta} of $_->{product}\n"}
        @{ $request->{lines} };
    for my $attempt (@{ $request->{attempts} }) {
        push @text, sprintf
            "  %.3f to %.3f, port %s, trace %s: %s%s%s%s %s\n",
            @{$attempt}{qw(began ended port trace status)},
            $attempt->{worker} ? " by worker $attempt->{worker}" : '',
            $attempt->{replayed} ? ', replayed' : '',
            $attempt->{left} ? ', the client leaves' : '',
            $attempt->{status} ? $attempt->{body} : $attempt->{error};
    }
    my %product = map { $_->{product} => 1 } @{ $request->{lines} };
    for my $product (sort keys %product) {
        my @found = $self->_found($request, $product);
        push @text, @found ? _movements($product, @found)
            : "  the ledger has nothing of it on $product\n";
    }
    return @text;
}

sub _movements {
    my ($product, @operations) = @_;
    return map {
        my $operation = $_;
        "  the ledger has $product-$operation->{seq}: " . join(', ',
            map {"$_ $operation->{$_}"}
            grep { defined $operation->{$_} && !ref $operation->{$_} }
                qw(t d stock k ref why trace))
            . "\n";
    } sort { $a->{seq} <=> $b->{seq} } @operations;
}

1;

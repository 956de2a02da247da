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

use Inv::Chaos::Ledger;
use Inv::Chaos::Request;

# products: their documents; ledger: {product's id => its entries}; attempts;
# killed: {worker => when it was killed, in seconds}; known: {trace => 1} of
# requests that are no attempts.
sub new {
    my ($class, %opt) = @_;
    return bless { killed => {}, known => {}, %opt, excused => 0 }, $class;
}

# What failed, was neither undone nor to be, its worker's death being the
# reason: how often, once problems() has been called.
sub excused { my ($self) = @_; return $self->{excused} }

# Texts, none when all is well.
sub problems {
    my ($self) = @_;
    my $ledger = Inv::Chaos::Ledger->new(
        products => $self->{products},
        ledger   => $self->{ledger},
    );
    my (@problems, %attempts);
    $self->{entries} = $ledger;
    $self->{excused} = 0;
    $self->{claimed} = {};    # movement's id => the request that it answered

    for my $attempt (@{ $self->{attempts} }) {
        if ($attempt->{floor}) {
            push @problems, _read($attempt);
            next;
        }
        push @{ $attempts{ $attempt->{request} } }, $attempt;
    }
    for my $name (sort keys %attempts) {
        my $request = Inv::Chaos::Request->new(@{ $attempts{$name} });
        $self->_request($request);
        push @problems, $request->told($ledger) if $request->is_wrong;
    }
    return ($ledger->problems, @problems, $self->_nobodys);
}

# Whoever reads after an acknowledged write sees it.
sub _read {
    my ($attempt) = @_;
    return if $attempt->{status} == 0 || $attempt->{status} >= 500;
    my $version = $attempt->{status} == 200
        && $attempt->{body} =~ /"version":(\d+)/ ? $1 : 0;
    return if $version >= $attempt->{floor};
    return "a write at port $attempt->{port} had made version "
        . "$attempt->{floor}; read there later: $attempt->{status} by worker "
        . "$attempt->{worker} at $attempt->{began}, trace $attempt->{trace}: "
        . $attempt->{body};
}

sub _nobodys {
    my ($self) = @_;
    my %trace = (%{ $self->{known} },
        map { $_->{trace} => 1 } @{ $self->{attempts} });
    return map {
        join '', "nobody asked for this (trace $_):\n",
            Inv::Chaos::Request::movements_told(
                $self->{entries}->of_traces({ $_ => 1 }))
    } grep { !$trace{$_} } $self->{entries}->traces;
}

sub _request {
    my ($self, $request) = @_;
    my ($line) = $request->lines;

    return $self->_create($request, $line) if $line->{type} eq 'create';
    return $self->_edit($request, $line) if $line->{type} =~ /^(?:set|edit)$/;
    for my $each ($request->lines) {
        $self->_done($request, $each)    if $each->{verdict} eq 'done';
        $self->_refused($request, $each) if $each->{verdict} eq 'refused';
    }
    $self->_count($request);
    return;
}


# Operations on stock.

# What was acknowledged is what the ledger says, and nobody else's.
sub _done {
    my ($self, $request, $line) = @_;
    my $body = $line->{body};
    my ($id, $seq) = ($body->{movementId} // '') =~ /^([0-9a-f]{24})-(\d+)$/;
    return $request->wrong('acknowledged without a movement') if !$seq;

    my $movement = "movement $body->{movementId}";
    my $other = $self->{claimed}{ $body->{movementId} };
    $request->wrong("$movement is that of request $other too") if $other;
    $self->{claimed}{ $body->{movementId} } = $request->name;

    my $found = $self->{entries}->operation($id, $seq);
    return $request->wrong("$movement is not in the ledger")
        if $id ne $line->{product} || !$found;
    $request->wrong("$movement has another's trace")
        if !$request->traces->{ $found->{trace} // '' };
    my ($size, $asked) = $line->{type} eq 'adjust'
        ? ($body->{delta}, $line->{delta})
        : ($body->{quantity}, abs $line->{delta});
    my @pairs = (
        [ 'type in the ledger',  $found->{t},        $line->{type} ],
        [ 'delta in the ledger', $found->{d},        $line->{delta} ],
        [ 'type',                $body->{type},      $line->{type} ],
        [ 'product',             $body->{productId}, $line->{product} ],
        [ 'remaining',           $body->{remaining}, $found->{stock} ],
        [ 'quantity or delta',   $size,              $asked ],
    );
    for my $pair (@pairs) {
        my ($what, $got, $expected) = @{$pair};
        $got //= 'nothing';
        $request->wrong("$movement: $what is $got, not $expected")
            if $got ne $expected;
    }
    return;
}

# A refusal names a stock that there was.
sub _refused {
    my ($self, $request, $line) = @_;
    my $body = $line->{body};
    my $available = $body->{available};
    return $request->wrong('refused, but not for the stock')
        if ($body->{type} // '') ne 'urn:ngx-inventory:out-of-stock'
        || !defined $available;
    $request->wrong('requested is not what was asked')
        if ($body->{requested} // '') ne -$line->{delta};
    $request->wrong('refused though there was enough')
        if $available + $line->{delta} >= 0;
    $request->wrong("refused for a stock that never was: $available")
        if !$self->{entries}->stock_was($line->{product}, $available);
    return;
}

# As many operations as there must be, and no others.
sub _count {
    my ($self, $request) = @_;
    my %class;
    for my $line ($request->lines) {
        push @{ $class{"$line->{product} $line->{delta}"} }, $line;
    }
    my $seen = 0;
    $seen += $self->_count_class($request, @{$_}) for values %class;
    my $all = $self->{entries}->of_traces($request->traces);
    $request->wrong('the ledger has what it did not ask for') if $all != $seen;
    return;
}

# Lines of one product and delta; returns how many operations are theirs.
sub _count_class {
    my ($self, $request, @lines) = @_;
    my ($product, $delta) = @{ $lines[0] }{qw(product delta)};
    my %type = map { $_->{type} => 1 } @lines;
    my @found = $self->{entries}->of_traces($request->traces, $product);
    my $made = grep { $type{ $_->{t} } && $_->{d} == $delta } @found;
    my $undone = grep { $_->{t} eq 'undo' && $_->{d} == -$delta } @found;
    my $least = grep { $_->{verdict} eq 'done' } @lines;
    my ($most, $excuses) = ($least, 0);

    for my $line (grep { $_->{verdict} =~ /^(?:failed|unknown)$/ } @lines) {
        my $may_stay = $line->{verdict} eq 'unknown' || $delta > 0;
        $most++    if $may_stay;
        $excuses++ if !$may_stay && $self->_killed($request);
    }
    my $stays = $made - $undone;
    my $name = "$product by $delta: $made made, $undone undone";
    $request->wrong("$name, at least $least stay") if $stays < $least;
    $request->wrong("$name, at most $most stay") if $stays > $most + $excuses;
    $request->wrong("$name, of " . @lines . ' asked') if $made > @lines;
    $request->wrong("$name, under a key") if $undone && $request->has_key;
    $self->{excused} += $stays - $most
        if $stays > $most && $stays <= $most + $excuses;
    return $made + $undone;
}

# Whether a worker that answered was killed afterwards.
sub _killed {
    my ($self, $request) = @_;
    return scalar grep {
        my $at = $self->{killed}{ $_->{worker} };
        defined $at && $at >= $_->{began};
    } $request->attempts;
}


# Other writes.

# PATCH of the stock (delta is what it is to be) or of the name: applied once
# when acknowledged, else once at most; one that changes nothing leaves nothing.
sub _edit {
    my ($self, $request, $line) = @_;
    my $entries = $self->{entries};
    my @found = $entries->of_traces($request->traces);
    my $is_set = $line->{type} eq 'set';

    $request->wrong('refused') if $line->{verdict} eq 'refused';
    $request->wrong(@found . ' movements for one edit') if @found > 1;
    for my $found (@found) {
        $request->wrong("recorded as $found->{t} of $found->{product}")
            if $found->{t} ne $line->{type}
            || $found->{product} ne $line->{product};
        $request->wrong("set to $found->{stock}, not $line->{delta}")
            if $is_set && $found->{stock} != $line->{delta};
        $request->wrong("an edit moved $found->{d}")
            if !$is_set && $found->{d} != 0;
    }
    return if $line->{verdict} ne 'done';

    # Where the reply was lost, what is told has been read again, and others
    # may have moved it.
    my $since = @found ? $found[0]{seq} : 0;
    $request->wrong("told that the stock is $line->{body}{stock}")
        if $is_set
        && !$entries->stock_was($line->{product}, $line->{body}{stock}, $since);
    $request->wrong('acknowledged, but not in the ledger')
        if !@found
        && !($is_set
            && $entries->stock_was($line->{product}, $line->{delta}));
    return;
}

# A new product, known by its name (in place of its id): there once when
# acknowledged, not when it failed.
sub _create {
    my ($self, $request, $line) = @_;
    my @found = grep { ($_->{name} // '') eq $line->{product} && !$_->{deleted} }
        @{ $self->{products} };
    my $name = @found . " products of the name $line->{product}";

    $request->wrong('refused') if $line->{verdict} eq 'refused';
    $request->wrong($name) if @found > 1;
    if ($line->{verdict} eq 'done') {
        $request->wrong("$name, but acknowledged") if !@found;
        $request->wrong("told of another than $found[0]{_id}")
            if @found && $line->{body}{id} ne $found[0]{_id};
    }
    if ($line->{verdict} eq 'failed' && @found) {
        return $self->{excused}++ if $self->_killed($request);
        $request->wrong("$name, but failed");
    }
    return;
}

1;

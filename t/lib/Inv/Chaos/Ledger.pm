package Inv::Chaos::Ledger;

# The movements of all products as the database holds them, and what is wrong
# with them by themselves.  Pure.

use strict;
use warnings;

# products: their documents; ledger: {product's id => its entries}.
sub new {
    my ($class, %opt) = @_;
    my $self = bless {
        ledger     => $opt{ledger},
        operations => {},    # product => [of seq 1, of seq 2, ...]
        traced     => {},    # trace => product => [operations]
        stocks     => {},    # product => {stock after an entry => its last seq}
        problems   => [],
    }, $class;

    # A tombstone at a new product's id never had a stock.
    $self->_book($_) for grep { defined $_->{seq} } @{ $opt{products} };
    return $self;
}

sub problems { my ($self) = @_; return @{ $self->{problems} } }

# {seq, stock (after it), and what it has in the database}; undef: none such.
sub operation {
    my ($self, $product, $seq) = @_;
    return ($self->{operations}{$product} // [])->[ $seq - 1 ];
}

# What the requests with these traces ({trace => 1}) made, on one product or
# on any.
sub of_traces {
    my ($self, $traces, $product) = @_;
    my @found;
    for my $trace (keys %{$traces}) {
        my $by_product = $self->{traced}{$trace} // next;
        push @found, map { @{ $by_product->{$_} } }
            grep { !defined $product || $_ eq $product } keys %{$by_product};
    }
    return @found;
}

sub traces { my ($self) = @_; return sort keys %{ $self->{traced} } }

# Whether a reader could ever see that stock, at that seq or later.
sub stock_was {
    my ($self, $product, $stock, $since) = @_;
    return ($self->{stocks}{$product}{$stock} // -1) >= ($since // 0);
}

sub _wrong {
    my ($self, @text) = @_;
    push @{ $self->{problems} }, join '', @text;
    return;
}

sub _book {
    my ($self, $product) = @_;
    my $id = $product->{_id};
    my ($seq, $stock, $reserved) = (0, 0, 0);
    my @entries = $self->_entries($product);

    # A first stock of nothing is no movement.
    $self->{stocks}{$id}{0} = 0 if !@entries || $entries[0]{ops}[0]{t} ne 'set';
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
            $self->_remember({
                %{$operation},
                product => $id,
                seq     => $seq,
                stock   => $stock,
            });
        }
        $self->_wrong("$name: after it $entry->{after}, the sum is $stock")
            if $entry->{after} != $stock;
        $seq = $self->{stocks}{$id}{$stock} = $entry->{to};
    }
    $self->_compare($product, seq => $seq, 'the entries end at');
    $self->_compare($product, stock => $stock, 'the sum is');
    $self->_compare($product, reserved => $reserved, 'the sum is');
    $self->_wrong("product $id: its outbox is not empty")
        if @{ $product->{outbox} // [] };
    return;
}

sub _compare {
    my ($self, $product, $member, $sum, $words) = @_;
    $self->_wrong("product $product->{_id}: $member $product->{$member}, ",
        "$words $sum")
        if $product->{$member} != $sum;
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
    my ($self, $operation) = @_;
    my ($id, $trace) = ($operation->{product}, $operation->{trace} // '');
    $self->{operations}{$id}[ $operation->{seq} - 1 ] = $operation;
    push @{ $self->{traced}{$trace}{$id} }, $operation;
    return;
}

1;

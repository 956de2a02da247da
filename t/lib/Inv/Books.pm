package Inv::Books;

# Bookkeeping: whether a product's document, its outbox and its ledger agree.

use strict;
use warnings;

use Exporter qw(import);

use Inv::Mongo;

our @EXPORT_OK = qw(entries operations books);

# All entries of a product in order of seq, each once: what a drain moves may
# for a moment be in both places.
sub entries {
    my ($mongo, $id) = @_;
    my $product = $mongo->product($id) // {};
    my %by_batch
        = map { $_->{b} => $_ }
        @{ $product->{outbox} // [] },
        $mongo->find('ledger', { productId => Inv::Mongo::oid($id) });
    return sort { $a->{from} <=> $b->{from} } values %by_batch;
}

# All operations in order, each with its seq, who and trace.
sub operations {
    my ($mongo, $id) = @_;
    my @operations;
    for my $entry (entries($mongo, $id)) {
        my $seq = $entry->{from};
        push @operations, map { { %{$_}, seq => $seq++ } } @{ $entry->{ops} };
    }
    return @operations;
}

# What is wrong with a product's books: an empty text when nothing is.
sub books {
    my ($mongo, $id) = @_;
    my $product = $mongo->product($id) or return "$id: no such product\n";
    my ($seq, $stock, $wrong) = (0, 0, '');

    for my $entry (entries($mongo, $id)) {
        $wrong .= "seq $seq is followed by $entry->{from}\n"
            if $entry->{from} != $seq + 1;
        $wrong .= "entry $entry->{from}..$entry->{to} has "
            . @{ $entry->{ops} } . " operations\n"
            if $entry->{to} - $entry->{from} + 1 != @{ $entry->{ops} };
        for my $operation (@{ $entry->{ops} }) {
            $stock += $operation->{d};
            $wrong .= "stock was $stock at seq $entry->{from}\n" if $stock < 0;
        }
        $wrong .= "after seq $entry->{to}: $entry->{after}, not $stock\n"
            if $entry->{after} != $stock;
        $seq = $entry->{to};
    }
    $wrong .= "seq is $product->{seq}, the entries end at $seq\n"
        if $product->{seq} != $seq;
    $wrong .= "stock is $product->{stock}, the sum of deltas is $stock\n"
        if $product->{stock} != $stock;
    return $wrong;
}

1;

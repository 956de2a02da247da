package Inv::Bench::Account;

# The account of one run of purchases, of some products, exact: what the
# documents say against every entry that the run has left in the ledger.

use strict;
use warnings;

use Exporter qw(import);
use Time::HiRes qw(sleep time);

use Inv::Mongo;

our @EXPORT_OK = qw(begin account);

# Looks without a change until what clients have left behind is over: a fence
# and an undo are apart from each other by a tenth of a second at most.
use constant QUIET_LOOKS => 4;
use constant QUIET_SECONDS => 0.12;
use constant QUIET_PATIENCE_SECONDS => 30;

# To be called before the run, on products that are at rest.
sub begin {
    my ($mongo, @ids) = @_;
    return {
        mongo => $mongo,
        ids   => [ map { Inv::Mongo::oid($_) } @ids ],
        since => int(time * 1000),
        first => states($mongo, map { Inv::Mongo::oid($_) } @ids),
    };
}

# What has happened since: {purchased, undone, keyed, sold} in movements, sold
# being what the stocks have lost; entries: of the ledger; wrong: texts of what
# does not fit.
sub account {
    my ($run) = @_;
    my %sum = map { $_ => 0 } qw(purchased undone keyed sold entries);
    my $wrong = $sum{wrong} = [];

    push @{$wrong}, 'entries stay in the outboxes' if !settle($run);
    my $last = states($run->{mongo}, @{ $run->{ids} });
    my $of = entries($run);

    for my $id (sort keys %{$last}) {
        my ($first, $end) = ($run->{first}{$id}, $last->{$id});
        my ($seq, $stock) = @{$first}{qw(seq stock)};
        for my $entry (sort { $a->{from} <=> $b->{from} } @{ $of->{$id} // [] })
        {
            $stock += $entry->{sum};
            push @{$wrong}, "$id: $entry->{line} follows seq $seq"
                if $entry->{from} != $seq + 1
                || $entry->{to} - $seq != $entry->{n}
                || $entry->{after} != $stock
                || $entry->{purchased} + $entry->{undone} != $entry->{n}
                || $entry->{undone} - $entry->{purchased} != $entry->{sum};
            $seq = $entry->{to};
            $sum{$_} += $entry->{$_} for qw(purchased undone keyed);
            $sum{entries}++;
        }
        push @{$wrong}, "$id: seq $end->{seq}, in the ledger $seq"
            if $end->{seq} != $seq;
        push @{$wrong}, "$id: stock $end->{stock}, by the ledger $stock"
            if $end->{stock} != $stock;
        $sum{sold} += $first->{stock} - $end->{stock};
    }
    push @{$wrong}, "$sum{purchased} - $sum{undone} is not $sum{sold}"
        if $sum{purchased} - $sum{undone} != $sum{sold};
    return \%sum;
}

# Waits until nothing changes the products any more and all of it is in the
# ledger.
sub settle {
    my ($run) = @_;
    my ($before, $quiet) = ('', 0);
    my $deadline = time + QUIET_PATIENCE_SECONDS;
    while ($quiet < QUIET_LOOKS) {
        return if time > $deadline;
        sleep QUIET_SECONDS;
        my ($now) = aggregate(
            $run->{mongo}, 'products',
            { '$match' => { _id => { '$in' => $run->{ids} } } },
            {   '$group' => {
                    _id   => undef,
                    seqs  => { '$sum' => '$seq' },
                    dirty => { '$sum' => { '$cond' => [ '$dirty', 1, 0 ] } },
                }
            }
        );
        $quiet = $now->{seqs} eq $before && !$now->{dirty} ? $quiet + 1 : 0;
        $before = $now->{seqs};
    }
    return 1;
}

sub states {
    my ($mongo, @ids) = @_;
    my %states;
    for my $found (
        aggregate(
            $mongo, 'products',
            { '$match' => { _id => { '$in' => \@ids } } },
            line('$_id', qw($seq $stock)),
        )
        )
    {
        my ($id, $seq, $stock) = split ' ', $found->{line};
        $states{$id} = { seq => $seq, stock => $stock };
    }
    return \%states;
}

# {id => [entries of the run]}, their operations summed up by the database.
sub entries {
    my ($run) = @_;
    my %of;
    my $of_type = sub {
        return size_of('$$op.t', $_[0]);
    };
    for my $found (
        aggregate(
            $run->{mongo}, 'ledger',
            {   '$match' => {
                    productId => { '$in' => $run->{ids} },
                    at        => {
                        '$gte' => { '$date' => Inv::Mongo::long($run->{since}) }
                    },
                }
            },
            line(
                qw($productId $from $to $after),
                { '$size' => '$ops' },
                { '$sum'  => '$ops.d' },
                $of_type->('purchase'),
                $of_type->('undo'),
                { '$size' => '$ops.k' },
            ),
        )
        )
    {
        my %entry = (line => $found->{line});
        (my $id, @entry{qw(from to after n sum purchased undone keyed)})
            = split ' ', $found->{line};
        push @{ $of{$id} }, \%entry;
    }
    return \%of;
}

sub size_of {
    my ($member, $value) = @_;
    return {
        '$size' => {
            '$filter' => {
                input => '$ops',
                as    => 'op',
                cond  => { '$eq' => [ $member, $value ] },
            }
        }
    };
}

# One text a document: typed numbers of thousands take long to be read here.
sub line {
    my (@values) = @_;
    my @parts = map { (' ', { '$toString' => $_ }) } @values;
    shift @parts;
    return { '$project' => { _id => 0, line => { '$concat' => \@parts } } };
}

sub aggregate {
    my ($mongo, $collection, @stages) = @_;
    my $reply = $mongo->command(
        aggregate => $collection,
        pipeline  => \@stages,
        cursor    => { batchSize => 10_000 },
    );
    my @documents = @{ $reply->{cursor}{firstBatch} };
    while ($reply->{cursor}{id}) {
        $reply = $mongo->command(
            getMore    => Inv::Mongo::long($reply->{cursor}{id}),
            collection => $collection,
            batchSize  => 10_000,
        );
        push @documents, @{ $reply->{cursor}{nextBatch} };
    }
    return @documents;
}

1;

package Inv::Bench::Seed;

# Databases full of products, kept from one run to the next: made by t/bench/seed
# where they are not there, or not whole.

use strict;
use warnings;

use Exporter qw(import);
use IO::Select;
use Time::HiRes qw(time);

use Inv::Bench::Program qw(program);
use Inv::Mongo;
use Inv::Servers;

our @EXPORT_OK = qw(seeded id_texts);

use constant {
    PROCESSES => 2,

    # Between two lines about how far it is.
    TOLD_SECONDS => 20,
};

# The database's URI; it has n products then.
sub seeded {
    my ($n) = @_;
    my $uri = Inv::Servers::with_database(Inv::Servers::mongo_uri(),
        "inventory_bench_$n");
    my $mongo = Inv::Mongo->new($uri);
    if (count($mongo, 'products') == $n && count($mongo, 'ledger') >= $n) {
        print STDERR "$n products are there already\n";
        return $uri;
    }
    $mongo->drop;
    fill($uri, $n);
    die "there are not $n products\n" if count($mongo, 'products') != $n;
    return $uri;
}

# `count` without a filter is only an estimate in some servers.
sub count {
    my ($mongo, $collection) = @_;
    my $reply = $mongo->command(
        aggregate => $collection,
        pipeline  =>
            [ { '$group' => { _id => undef, n => { '$sum' => 1 } } } ],
        cursor => {},
    );
    return ($reply->{cursor}{firstBatch}[0] // {})->{n} // 0;
}

sub fill {
    my ($uri, $n) = @_;
    my $began = time;
    print STDERR "seeding $n products in ", PROCESSES, " processes\n";
    my $part = int(($n + PROCESSES - 1) / PROCESSES);
    my @parts;
    for (my $first = 0; $first < $n; $first += $part) {
        push @parts, [ $first, $first + $part > $n ? $n - $first : $part ];
    }
    run($uri, $began, $n, @parts);
    printf STDERR "the indexes are made, after %.0f s\n", time - $began;
    system(program('seed'), $uri) == 0 or die "seed failed\n";
    printf STDERR "%d products in %.0f s\n", $n, time - $began;
    return;
}

sub run {
    my ($uri, $began, $n, @parts) = @_;
    my ($select, %done) = (IO::Select->new);
    for my $part (@parts) {
        open my $out, '-|', program('seed'), $uri, @{$part}
            or die "seed: $!\n";
        $select->add($out);
    }
    my $next = time + TOLD_SECONDS;
    while ($select->count) {
        for my $out ($select->can_read(1)) {
            my $line = <$out>;
            if (defined $line) {
                ($done{$out}) = $line =~ /(\d+)/;
                next;
            }
            $select->remove($out);
            close $out or die "seed failed\n";
        }
        if (time > $next) {
            my $sum = 0;
            $sum += $_ for values %done;
            printf STDERR "%d of %d after %.0f s\n", $sum, $n, time - $began;
            $next += TOLD_SECONDS;
        }
    }
    return;
}

# Ids of at most n products, in the order of their making.
sub id_texts {
    my ($uri, $n) = @_;
    my $mongo = Inv::Mongo->new($uri);
    my @ids;
    my $from = '0' x 24;
    while (@ids < $n) {
        my $reply = $mongo->command(
            aggregate => 'products',
            pipeline  => [
                { '$match' => { _id => { '$gt' => Inv::Mongo::oid($from) } } },
                { '$sort'    => { _id => 1 } },
                { '$limit'   => 10_000 },
                { '$project' => { _id => 0, i => { '$toString' => '$_id' } } },
            ],
            cursor => { batchSize => 10_000 },
        );
        my @found = map { $_->{i} } @{ $reply->{cursor}{firstBatch} };
        last if !@found;
        push @ids, @found;
        $from = $ids[-1];
    }
    splice @ids, $n if @ids > $n;
    return @ids;
}

1;

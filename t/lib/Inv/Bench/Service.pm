package Inv::Bench::Service;

# What every benchmark stands on: instances of nginx with the module, set up as
# for speed, and products.

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use Inv::HTTP qw(request_text);
use Inv::Test;

our @EXPORT_OK = qw(quiet serve product create_many resident_kb);

# Requests that are under way at once while products are made.
use constant CREATED_AT_ONCE => 128;

# A table is the output; what goes wrong is told on standard error.
sub quiet {
    open my $null, '>', '/dev/null' or die "/dev/null: $!\n";
    Test::More->builder->output($null);
    $| = 1;
    return;
}

# Starts an nginx of that name.  workers; cache: arguments of inventory_cache,
# the module's own where absent; lines: more of http; mongo, redis: in place of
# the test's; main, events, locations: of the configuration.
sub serve {
    my ($t, $name, %opt) = @_;
    my $dir   = $t->nginx($name)->{dir};
    my $mongo = $opt{mongo} // '%%MONGO%%';
    my $redis = $opt{redis} // '%%REDIS%%';
    my $cache = $opt{cache} ? "inventory_cache $opt{cache};" : '';
    my $lines = $opt{lines} // '';
    local $t->{workers} = $opt{workers};
    return $t->run_beside(
        $name,
        listen => "127.0.0.1:%%PORT_$name%% reuseport backlog=4096",
        (map { $opt{$_} ? ($_ => $opt{$_}) : () } qw(main events)),
        directives => <<"EOT", locations => <<"EOT2");
    error_log $dir/error.log warn;
    access_log off;
    keepalive_requests 100000000;
    keepalive_timeout 600s;
    inventory_mongo "$mongo";
    inventory_redis "$redis";
    $cache
    $lines
EOT
        location /api/ { inventory_api; }
@{[ $opt{locations} // '' ]}
EOT2
}

# A product of a common size.
sub product {
    my ($t) = @_;
    return $t->create(
        name => 'Benchmark T-shirt', price => 19.99, sku => 'BENCH-1',
        category => 'shirts', tags => [ 'red', 'cotton' ], stock => 1000,
        description =>
            'A product of a common size, with a line of description.',
    );
}

# n products with that stock; in their order.
sub create_many {
    my ($t, $n, $stock, %opt) = @_;
    my @made;
    while (@made < $n) {
        my $more = $n - @made;
        $more = CREATED_AT_ONCE if $more > CREATED_AT_ONCE;
        for my $r (
            $t->all(
                map {
                    [   'POST', '/api/products', %opt,
                        json => {
                            name  => "Product $_",
                            price => 1.5,
                            stock => $stock
                        }
                    ]
                } @made + 1 .. @made + $more
            )
            )
        {
            die 'create: ', $r->text, "\n" if $r->status != 201;
            push @made, $r->json;
        }
    }
    return @made;
}

# Memory of all workers: private and what they share, each counted once.
sub resident_kb {
    my ($nginx) = @_;
    my $sum = 0;
    for my $pid ($nginx->workers) {
        open my $in, '<', "/proc/$pid/smaps_rollup" or next;
        for my $line (<$in>) {
            $sum += $1 if $line =~ /^Pss:\s+(\d+) kB/;
        }
    }
    return $sum;
}

1;

# A server that pushes its hello, as each mongod since 4.4 does, and connections
# to it that are lost: the driver finds it again only after up to a second, and
# nobody is told that it is away.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Chaos::Proxy;
use Inv::Test;

my $dir   = File::Temp->newdir('inv-streamed-XXXXXXXX', TMPDIR => 1);
my $proxy = Inv::Chaos::Proxy->new(
    uri  => Inv::Servers::mongo_uri(),
    seed => 5,
    log  => "$dir/proxy.log",
);
$proxy->tell('stream');
my $t = Inv::Test->new(mongo => $proxy->uri, workers => 1);

# The test's own look at the database does not wait for news.
$t->{mongo} = Inv::Mongo->new(
    Inv::Servers::with_database(Inv::Servers::mongo_uri(), $t->database));
$t->run(directives => <<'EOT');
    inventory_mongo "%%MONGO%%";
    inventory_redis off;
    inventory_timeout 10s;
EOT

my @products = map { $t->create(stock => 1000) } 1 .. 10;
my @others   = map { $t->create(stock => 1000) } 1 .. 10;

sub purchase { my ($product) = @_; return [ POST => $t->path($product, 'purchase') ] }

# Each lost connection is followed by a hello of the driver's that waits anew.
sub hellos { return $proxy->status->{'hello:'} // 0 }

for my $round (1 .. 3) {
    my $cut = $proxy->status->{'cut-before'};
    $proxy->faults('cut-before 1000000 command=findAndModify collection=products');
    my $connection = Inv::HTTP::Connection->new($t->port);
    $connection->write(request_text(@{ purchase($products[0]) }));
    ok(wait_until(sub { $proxy->status->{'cut-before'} > $cut }),
        "round $round: a connection is lost");
    my $hellos = hellos();
    $proxy->faults;

    my @answers = $t->all(
        (map { purchase($_) } @products),
        (map { [ GET => $t->path($_) ] } @others),
        [ GET => '/api/products' ],
    );
    is_deeply($t->tally(@answers, $connection->response(method => 'POST')),
        { 200 => 22 }, "round $round: nobody is told of it");
    ok(wait_until(sub { hellos() > $hellos }), "round $round: found again");
}

# What says that it is not the primary and is known to be the primary still, by
# its version, is asked again at once, not after the awaited hello.
$proxy->faults('error 1000000 code=10107 times=4 collection=products');
is_deeply($t->tally($t->all(map { purchase($_) } @products)),
    { 200 => 10 }, 'turned away by a server that stays what it was: late only');
$proxy->faults;
$t->books_ok($_) for @products;

$t->done;

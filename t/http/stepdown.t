# A planned step-down: for a second or so no server is the primary, and what is
# turned away meanwhile was not carried out.  Requests are late then, and that is
# all: no error, nothing done twice, nothing in doubt.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Books qw(operations);
use Inv::Chaos::Proxy;
use Inv::Test;

my $dir   = File::Temp->newdir('inv-stepdown-XXXXXXXX', TMPDIR => 1);
my $proxy = Inv::Chaos::Proxy->new(
    uri  => Inv::Servers::mongo_uri(),
    seed => 17,
    log  => "$dir/proxy.log",
);
my $t = Inv::Test->new(mongo => $proxy->uri);

# The test's own look at the database meets no fault.
$t->{mongo} = Inv::Mongo->new(
    Inv::Servers::with_database(Inv::Servers::mongo_uri(), $t->database));
$t->run(directives => <<'EOD');
    inventory_mongo "%%MONGO%%";
    inventory_cache local=off;
    inventory_timeout 10s;
EOD

# Of one product: two purchases at once, one with a key, a read.
sub requests_on {
    my ($product) = @_;
    my $buy = $t->path($product, 'purchase');
    return (
        [ POST => $buy, json => { quantity => 1 } ],
        [ POST => $buy, json => { quantity => 2 } ],
        [   POST    => $buy,
            json    => { quantity => 3 },
            headers => [ 'Idempotency-Key' => "stepdown-$product->{id}" ]
        ],
        [ GET => $t->path($product) ],
    );
}

# What is refused so often is refused longer than one try takes.
sub steps_down {
    my ($code, $times) = @_;
    my @products = map { $t->create(stock => 10) } 1 .. 4;
    my ($edited, $deleted) = map { $t->create(stock => 5) } 1 .. 2;
    my @requests = (
        (map { requests_on($_) } @products),
        [ GET => '/api/products' ],
        [ GET => $t->path($edited, 'movements') ],
        [   PATCH => $t->path($edited),
            json  => { price => 2 },
            type  => 'application/merge-patch+json'
        ],
        [ DELETE => $t->path($deleted) ],
        [ POST => '/api/products', json => { name => "at $code", price => 1 } ],
    );

    my $before = $proxy->status->{error};
    $proxy->faults("error 1000000 code=$code times=$times");
    my @answers = $t->all(@requests);
    is($proxy->status->{error} - $before, $times, "$code: it was met");
    $proxy->faults;

    for my $n (0 .. $#requests) {
        my ($method, $path) = @{ $requests[$n] };
        $t->status_is($answers[$n],
            $method eq 'DELETE' ? 204
            : $path eq '/api/products' && $method eq 'POST' ? 201 : 200,
            "$code: $method $path");
    }

    for my $product (@products) {
        my $document = $t->mongo->product($product->{id});
        is($document->{stock}, 4, "$code: each purchase once");
        is($document->{epoch} // 0, 0, "$code: nothing was in doubt");
        $t->books_ok($product, "$code: the books balance");
    }
    is(scalar $t->mongo->find('products', { name => "at $code" }), 1,
        "$code: one was created");
    return;
}

steps_down($_, 12) for 10107, 13435, 13436, 10058;

# Without end it is an error, in time.
my $product = $t->create(stock => 1);
$t->restart(directives => <<'EOD');
    inventory_mongo "%%MONGO%%";
    inventory_cache local=off;
    inventory_timeout 1s;
EOD
$proxy->faults('error 1000000 code=10107');
for my $r ($t->all(
        [ POST => $t->path($product, 'purchase') ], [ GET => $t->path($product) ]
    ))
{
    my ($status, $slug)
        = $r->status == 504 ? (504, 'timeout') : (503, 'unavailable');
    $t->problem_is($r, $status, $slug, "without end: $status");
}
$proxy->faults;
like($t->nginx->log, qr/10107 NotWritablePrimary/, 'the log says why');

ok(wait_until(
        sub { $t->get($t->path($product))->status == 200 }
    ),
    'reads are back');
ok(wait_until(sub { $t->mongo->product($product->{id})->{stock} == 1 }),
    'nothing was taken in the end');

$t->done;

# After an answer that leaves open whether it was done, who reads sees which.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $database = Inv::Servers->private('mongo');
my $t = Inv::Test->new(mongo => $database->uri, private => 1);
$t->run(directives => <<'EOT');
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_timeout 1s;
EOT

my $product = $t->create(stock => 10);
my $path = $t->path($product);
ok(wait_until(
        sub { ($t->get($path)->header('Cache-Status') // '') =~ /hit/ }
    ),
    'a copy is in use');

$database->pause;
my $bought = $t->request(POST => $t->path($product, 'purchase'));
is($bought->status, 504, 'no answer in time');
sleep 3;    # longer than the driver waits for a reply
$database->resume;

# It may land late; from then on every read must show it.
my $landed = wait_until(
    sub {
        my $document = $t->mongo->product($product->{id});
        $document && $document->{stock} == 9;
    },
    15
);

ok(wait_until(sub { $t->get($path)->status == 200 }, 20), 'reads are answered');
for my $n (1 .. 20) {
    my $r = $t->get($path);
    is($r->json->{stock}, $landed ? 9 : 10, "read $n shows what is so");
    unlike($r->header('Cache-Status'), qr/hit/, "read $n is no copy");
}

# What else there is, goes on as before.
my $other = $t->create(stock => 1);
ok(wait_until(
        sub {
            ($t->get($t->path($other))->header('Cache-Status') // '') =~ /hit/;
        }
    ),
    'copies of others are used');

$t->done;

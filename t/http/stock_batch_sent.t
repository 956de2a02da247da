# POST stock/batch that ends with an error: it does not say that nothing was
# changed when any of its lines was sent, whichever key the line has.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Chaos::Proxy;
use Inv::Test;

my $dir   = File::Temp->newdir('inv-sent-XXXXXXXX', TMPDIR => 1);
my $proxy = Inv::Chaos::Proxy->new(
    uri  => Inv::Servers::mongo_uri(),
    seed => 1,
    log  => "$dir/proxy.log",
);
my $t = Inv::Test->new(mongo => $proxy->uri, workers => 1);

# The test's own look at the database meets no fault.
$t->{mongo} = Inv::Mongo->new(
    Inv::Servers::with_database(Inv::Servers::mongo_uri(), $t->database));
$t->run(locations => <<'EOT');
        location /api/ { inventory_api; }
        location /short/ { inventory_api; inventory_timeout 1s; }
EOT
$t->nginx->allow(qr/\[error\].*inventory: /);

sub key { my ($key) = @_; return (headers => [ 'Idempotency-Key' => $key ]) }

# Changes of products are answered ms later.
sub applied_after {
    my ($ms) = @_;
    return map {"delay 1000000 ms=$ms-$ms command=$_ collection=products"}
        qw(update findAndModify);
}

sub line {
    my ($product, @more) = @_;
    return { productId => $product->{id}, type => 'purchase', quantity => 1,
        @more };
}

sub stock_is {
    my ($product, $stock, $name) = @_;
    return ok(
        wait_until(
            sub { $t->mongo->product($product->{id})->{stock} == $stock }),
        $name
    );
}

# What the retry is told of each line.
sub retried {
    my ($key, @lines) = @_;
    my $r = wait_until(
        sub {
            my $r = $t->post('/api/stock/batch', { operations => \@lines },
                key($key));
            return $r->status == 200 && $r;
        }
    ) or return 'no answer';
    return join ' ', map { $_->{status} // 200 } @{ $r->json->{results} };
}

my ($first, $second) = map { $t->create(stock => 10) } 1 .. 2;
my @lines = (line($first), line($second, key => 'of-a-line'));

# The first line is carried out; the second's key is refused by the database.
$proxy->faults(applied_after(700));
my $before = $proxy->status->{delay};
my $connection = Inv::HTTP::Connection->new($t->port);
$connection->write(request_text(POST => '/api/stock/batch',
    json => { operations => \@lines }, key('half')));
ok(wait_until(sub { $proxy->status->{delay} > $before }), 'the first is sent');
$proxy->faults('error 1000000 code=13 collection=claims');
my $r = $connection->response(method => 'POST');
$connection->close;
$proxy->faults;
$t->problem_is($r, 504, 'timeout', 'one line was carried out, the other failed');

# The retry finds the first line; the second is sent, and its reply is late.
$proxy->faults(applied_after(3000));
$r = $t->post('/short/stock/batch', { operations => \@lines }, key('half'));
$proxy->faults;
$t->problem_is($r, 504, 'timeout', 'a line with a key was sent');

is(retried('half', @lines), '200 200', 'another retry finishes both');
stock_is($_, 9, 'once') for $first, $second;
$t->books_ok($_) for $first, $second;

$t->done;

# POST stock/batch before a database that is slow or away: what it asks, what
# is answered in time, and what becomes of the rest.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use JSON::PP;

use Inv::Books qw(operations);
use Inv::Chaos::Proxy;
use Inv::HTTP;
use Inv::Test;

use constant PATH  => '/api/stock/batch';
use constant SHORT => '/short/stock/batch';
use constant STOCK => 5;

my $database = Inv::Servers->private('mongo');
my $t = Inv::Test->new(mongo => $database->uri, private => 1, workers => 1);
my $log = $t->dir . '/proxy.log';
my $proxy = Inv::Chaos::Proxy->new(
    uri  => $t->mongo_uri,
    seed => 1,
    log  => $log,
);
my $uri = $proxy->uri;
$t->run(directives => <<"EOT", locations => <<'EOT2');
    inventory_mongo "$uri";
    inventory_redis "%%REDIS%%";
    inventory_timeout 10s;
EOT
        location /api/ { inventory_api; }
        location /short/ { inventory_api; inventory_timeout 1s; }
EOT2
$t->nginx->allow(qr/\[error\].*inventory: stock/);

sub batch {
    my ($lines, @rest) = @_;
    return $t->post(PATH, { operations => $lines }, @rest);
}

# With a deadline that is near.
sub short {
    my ($lines, @rest) = @_;
    return $t->post(SHORT, { operations => $lines }, @rest);
}

sub key { my ($key) = @_; return (headers => [ 'Idempotency-Key' => $key ]) }

sub purchases {
    my ($products, $key) = @_;
    return [
        map {
            {   productId => $_->{id},
                type      => 'purchase',
                quantity  => 1,
                $key ? (key => $key . $_->{sku}) : (),
            }
        } @{$products}
    ];
}

sub create {
    my ($n, $name) = @_;
    my @made;
    while (@made < $n) {
        push @made, map { $_->json } $t->all(
            map {
                [   POST => '/api/products',
                    json => {
                        name  => $name,
                        price => 1,
                        stock => STOCK,
                        sku   => "$name-$_",
                    }
                ]
            } @made + 1 .. @made + 100
        );
    }
    return @made;
}

# All entries are in the ledger.
sub settled {
    return wait_until(
        sub {
            !$t->mongo->find('products',
                { 'outbox.0' => { '$exists' => JSON::PP::true() } });
        },
        30
    );
}

# All documents by id.
sub stocks {
    return map { $_->{_id} => $_->{stock} } $t->mongo->find('products', {});
}

sub stocks_become {
    my ($products, $expected, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my %now;
    my $wrong = sub {
        %now = stocks();
        return grep { $now{ $_->{id} } != $expected->($_) } @{$products};
    };
    my $ok = ok(wait_until(sub { !$wrong->() }, 30), $name);
    diag(scalar($wrong->()) . ' are wrong') if !$ok;
    return $ok;
}

# How many commands of a kind a piece of work asks.
sub commands {
    my ($work) = @_;
    settled();
    my $before = -s $log // 0;
    $proxy->tell('rule delay 1000000 ms=0-0');
    $proxy->tell('on');
    $work->();
    settled();
    $proxy->tell('off');
    $proxy->tell('clear');
    open my $in, '<', $log or die "$log: $!\n";
    seek $in, $before, 0;
    my %count;
    while (my $line = <$in>) {
        $count{"$1 $2"}++ if $line =~ /request \d+ (\S+) (\S+):/;
    }
    return \%count;
}

# Whether anything of a product was undone.
sub undone {
    my ($product) = @_;
    return grep { $_->{t} eq 'undo' } operations($t->mongo, $product->{id});
}

sub slow {
    my ($ms) = @_;
    $proxy->tell("rule delay 1000000 ms=$ms-$ms command=update");
    $proxy->tell('on');
    return;
}

sub fast {
    $proxy->tell('off');
    $proxy->tell('clear');
    return;
}

my @cold = create(1000, 'COLD');
my $count = commands(sub {
    my $r = batch([ map { { sku => "COLD-$_", type => 'purchase',
            quantity => 1 } } 1 .. 1000 ]);
    $t->status_is($r, 200, 'a thousand cold products');
    is(scalar(grep { $_->{movementId} } @{ $r->json->{results} }), 1000,
        'all are bought');
});
diag(join ', ', map {"$_: $count->{$_}"} sort keys %{$count});
my ($finds, $updates) = @{$count}{ 'find products', 'update products' };
cmp_ok($finds, '<=', 1 + 16 + 8, 'few finds');
cmp_ok($updates, '<=', 16 + 32, 'few updates');

my @slow = @cold[ 0 .. 499 ];
my %left = (map { $_->{id} => STOCK - 1 } @slow);

# Not all in time, without a key: what is settled stays
slow(300);
my $r = short(purchases(\@slow));
fast();
$t->status_is($r, 200, 'slow, un-keyed');
my @results = @{ $r->json->{results} };
my @done = grep { $_->{movementId} } @results;
my %status;
$status{ $_->{status} // 200 }++ for @results;
diag(join ', ', map {"$_: $status{$_}"} sort keys %status);
cmp_ok(scalar @done, '>', 0, 'some are answered');
cmp_ok($status{504} // 0, '>', 0, 'some are not answered in time');
is(@done + ($status{503} // 0) + ($status{504} // 0), 500, 'nothing else');
cmp_ok($r->{seconds}, '<', 1.5, 'in time');
$left{ $_->{productId} }-- for @done;
stocks_become(\@slow, sub { $left{ $_->{id} } },
    'what was not answered is undone');

# The client leaves: nothing stays
slow(1000);
my $connection = Inv::HTTP::Connection->new($t->port);
$connection->write(request_text(POST => PATH,
    json => { operations => purchases(\@slow) }));
select undef, undef, undef, 1.5;
$connection->reset;
fast();
ok(wait_until(sub { undone($slow[0]) }, 30), 'what was settled is undone');
stocks_become(\@slow, sub { $left{ $_->{id} } }, 'all is put back');

# With a key: an error, and the retry finishes the work
slow(300);
$r = short(purchases(\@slow), key('slow'));
fast();
is($r->status, 504, 'slow, with a key');
ok(wait_until(sub { ($r = batch(purchases(\@slow), key('slow')))->status == 200 }),
    'a retry is answered');
is(scalar(grep { $_->{movementId} } @{ $r->json->{results} }), 500,
    'all are bought');
$left{ $_->{id} }-- for @slow;
stocks_become(\@slow, sub { $left{ $_->{id} } }, 'once');
my $again = batch(purchases(\@slow), key('slow'));
is($again->{body}, $r->{body}, 'and replayed');

# Lines with keys: each is finished by itself
slow(300);
$r = short(purchases(\@slow, 'l'));
fast();
$t->status_is($r, 200, 'slow, lines with keys');
@done = grep { $_->{movementId} } @{ $r->json->{results} };
cmp_ok(scalar @done, '<', 500, 'some are not answered in time');
my %first = map { $_->{productId} => Inv::Test::canonical_text($_) } @done;
ok(wait_until(sub {
        $r = batch(purchases(\@slow, 'l'));
        $r->status == 200
            && 500 == grep { $_->{movementId} } @{ $r->json->{results} };
    }), 'retries are answered');
$left{ $_->{id} }-- for @slow;
stocks_become(\@slow, sub { $left{ $_->{id} } }, 'all are bought once');
is(scalar(grep { ($first{ $_->{productId} } // '')
            eq Inv::Test::canonical_text($_) } @{ $r->json->{results} }),
    scalar @done, 'the first answers are repeated');

# Both
my @both = (
    @{ purchases([ @cold[ 500 .. 749 ] ]) },
    @{ purchases([ @cold[ 750 .. 999 ] ], 'c') }
);
my @rest = @cold[ 500 .. 999 ];
slow(300);
$r = short(\@both, key('both'));
fast();
is($r->status, 504, 'slow, both kinds of keys');
ok(wait_until(sub { ($r = batch(\@both, key('both')))->status == 200 }),
    'a retry is answered');
is(scalar(grep { $_->{movementId} } @{ $r->json->{results} }), 500,
    'all are bought');
stocks_become(\@rest, sub { STOCK - 2 }, 'once');

# The database is away
settled();
$database->pause;
$r = short([ @{ purchases([ @rest[ 0 .. 99 ] ]) },
    { productId => 'none', type => 'purchase', quantity => 1 } ]);
$t->status_is($r, 200, 'paused, un-keyed');
%status = ();
$status{ $_->{status} // 200 }++ for @{ $r->json->{results} };
is($status{404}, 1, 'what is wrong by itself is told');
is(($status{503} // 0) + ($status{504} // 0), 100, 'the rest is not known');
ok(!Inv::Test::leaks($r), 'nothing leaks');
$r = short([ { sku => 'COLD-1', type => 'purchase', quantity => 1 } ]);
is($r->status, 503, 'skus cannot be asked');
sleep 2;
$database->resume;
ok(wait_until(sub { batch(purchases([ $cold[0] ], 'after'))->status == 200 }, 20),
    'it is back');
stocks_become(\@rest, sub { STOCK - 2 }, 'all is put back');

# Books of some
settled();
$t->books_ok($_) for @cold[ map { $_ * 10 } 0 .. 99 ];

$t->done;

# inventory_metrics: how things are, while they break: MongoDB hangs, refuses and
# is away, replies are lost, nothing drains, too much is asked, Redis dies.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::HTTP;
use Inv::Metrics;
use Inv::RedisServer;
use Inv::Test;
use Inv::Watched;

my $t     = Inv::Test->new;
my $proxy = watch($t);
my $redis = Inv::RedisServer->new(dir => $t->dir, name => 'redis');
my $server = '127.0.0.1:' . $redis->port;

$t->run(
    listen     => '127.0.0.1:%%PORT%% reuseport',
    directives => <<"EOD",
    inventory_mongo "%%MONGO%%";
    inventory_redis redis://$server;
    inventory_cache local=200ms redis=1s;
    inventory_stale 1m;
    inventory_timeout 500ms;
EOD
    locations => <<'EOT',
        location /api/ { inventory_api; }
        location /metrics { inventory_metrics; }
        location /health { inventory_health; }
EOT
);

sub scrape { return Inv::Metrics->new($t->get('/metrics')) }

# Within that many seconds the value is one that fits.
sub becomes {
    my ($fits, $metric, %labels) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $value;
    my $ok = wait_until(
        sub { $value = scrape()->value($metric, %labels); $fits->($value) }, 15);
    my $name = join ' ', $metric, map {"$_=$labels{$_}"} sort keys %labels;
    ok($ok, "$name: $value");
    return $value;
}

sub exactly { my ($n) = @_; return sub { $_[0] == $n } }
sub above   { my ($n) = @_; return sub { $_[0] > $n } }

sub event {
    my ($name) = @_;
    return ('inventory_stock_guard_events_total', event => $name);
}

becomes(exactly(2), 'inventory_redis_connected_workers', server => $server);
my $product = $t->create(stock => 100);
my $path = $t->path($product);
my $read = $t->path($t->create(stock => 1)); # in which nothing is in doubt
$t->status_is($t->post("$path/purchase", { quantity => 1 }), 200, 'sold');
becomes(exactly(0), 'inventory_outbox_entries');
becomes(exactly(0), 'inventory_outbox_oldest_entry_age_seconds');

# Nothing drains.
$proxy->faults('error 1000000 code=189 command=insert collection=ledger');
$t->status_is($t->post("$path/purchase", { quantity => 1 }), 200, 'sold');
becomes(above(0), 'inventory_outbox_entries', state => 'waiting');
becomes(above(1.5), 'inventory_outbox_oldest_entry_age_seconds');
cmp_ok(scrape()->value('inventory_steps_total', step => 'insert')
        - scrape()->value('inventory_steps_total', step => 'insert',
            reply => 'done'),
    '>', 0, 'inserts that were not done');
$proxy->faults;
becomes(exactly(0), 'inventory_outbox_entries', state => 'waiting');
becomes(exactly(0), 'inventory_outbox_oldest_entry_age_seconds');

# Replies are lost after their statement was applied: doubts, which are settled.
is(scrape()->value(event('doubt')), 0, 'no doubts so far');
$proxy->faults('swallow 1000000 collection=products');
my $r = $t->post("$path/purchase", { quantity => 1 });
cmp_ok($r->status, '>=', 500, 'a purchase that is not answered');
$proxy->faults;
becomes(above(0), event('doubt'));
becomes(above(0), event('fence'));
becomes(exactly(1), event('undo'));
ok(wait_until(sub { $t->mongo->product($product->{id})->{stock} == 98 }),
    'it is undone');

$proxy->faults('swallow 1000000 collection=products');
$r = $t->post('/api/products', { name => 'Nobody', price => 1, stock => 1 });
cmp_ok($r->status, '>=', 500, 'a product that is not answered');
$proxy->faults;
becomes(exactly(1), 'inventory_actions_total', action => 'create',
    verdict => 'withdrawn');
is(scrape()->value('inventory_actions_total', action => 'delete'), 0,
    'nobody has deleted anything');
becomes(exactly(2), event('undo'));

# It hangs, with late copies to serve: jobs are under way, some time later the breaker opens.
$t->status_is($t->get($read), 200, 'there is a copy');
my $opened = scrape()->value('inventory_breaker_opened_total');
my $refused = scrape()->value('inventory_operations_refused_total',
    reason => 'unavailable');
$proxy->faults('drop 1000000');
{
    my $gone = Inv::HTTP::Connection->new($t->port);
    $gone->write(request_text(GET => '/api/products/' . ('1' x 24)));
    becomes(above(0), 'inventory_jobs_in_flight', lane => 'read');
    $gone->close;
    becomes(exactly(1), 'inventory_http_requests_total', status => 499,
        route => '/products/{id}');
}
ok( wait_until(
        sub {
            $t->all(map { [ POST => "$path/purchase", json => { quantity => 1 } ] } 1 .. 6);
            return scrape()->value('inventory_breaker_state',
                state => 'closed') == 0;
        },
        20
    ),
    'the breaker is not closed'
);
becomes(exactly($opened + 1), 'inventory_breaker_opened_total');
is(scrape()->value('inventory_breaker_state'), 1, 'it is in one state');
is(scrape()->value('inventory_mongo_up'), 0, 'MongoDB is not there');
is(scrape()->value('inventory_cache_reads_total', level => 'stale'), 0,
    'nothing stale so far');
$t->all(map { [ GET => $read ] } 1 .. 4);
becomes(above(0), 'inventory_cache_reads_total', level => 'stale');
ok( wait_until(
        sub {
            $t->all(map { [ POST => "$path/purchase", json => { quantity => 1 } ] } 1 .. 6);
            return scrape()->value('inventory_operations_refused_total',
                reason => 'unavailable') > $refused;
        }
    ),
    'operations are refused'
);
$proxy->faults;
$proxy->tell('cut');
ok(wait_until(sub { $t->get('/health')->status == 200 }, 30), 'MongoDB answers');
ok( wait_until(
        sub {
            $t->post("$path/restock", { quantity => 1 });
            scrape()->value('inventory_breaker_state', state => 'closed') == 1;
        },
        30
    ),
    'the breaker is closed'
);
is(scrape()->value('inventory_mongo_up'), 1, 'MongoDB is there');
becomes(exactly(0), 'inventory_operations_waiting');
becomes(exactly(0), 'inventory_jobs_in_flight');

# Too much at once: what has no room is refused, and counted.
{
    my $line = { productId => $product->{id}, type => 'restock', quantity => 1 };
    $proxy->faults('delay 1000000 ms=300-300');
    my @answers = $t->all(
        map {
            [   POST => '/api/stock/batch',
                json => { operations => [ ($line) x 1000 ] }
            ]
        } 1 .. 24
    );
    $proxy->faults;
    my $n = grep { $_->status == 503
            && ($_->json // {})->{type} eq 'urn:ngx-inventory:overloaded' }
        @answers;
    cmp_ok($n, '>', 0, "$n batches are refused");
    becomes(exactly($n), 'inventory_operations_refused_total',
        lane => 'engine', reason => 'overloaded');
    becomes(exactly(0), 'inventory_operations_waiting');
}

# Redis hangs, dies, and is back.
my $timeouts = scrape()->value('inventory_redis_timeouts_total');
$redis->signal('STOP');
ok( wait_until(
        sub {
            $t->all(map { [ GET => $path ] } 1 .. 8);
            scrape()->value('inventory_redis_timeouts_total') > $timeouts;
        }
    ),
    'timeouts of a Redis that hangs'
);
becomes(above(0), 'inventory_redis_commands_lost_total', server => $server);
becomes(exactly(0), 'inventory_redis_connected_workers', server => $server);
$redis->signal('CONT');
becomes(exactly(2), 'inventory_redis_connected_workers', server => $server);
$redis->stop;
becomes(exactly(0), 'inventory_redis_connected_workers', server => $server);
is($t->get('/metrics')->status, 200, 'the page is there all the same');
$redis->start;
becomes(exactly(2), 'inventory_redis_connected_workers', server => $server);
becomes(above(5), 'inventory_redis_connects_total', server => $server);
$t->books_ok($product);

$t->done;

# Who reads after a write was acknowledged sees it, whatever was under way by
# then: reads that others join, reloads, copies that other nodes have made for
# longer, and answers that are only repeated.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);

use Inv::Test;
use Inv::RedisServer;
use Inv::Watched;

# One worker: who reads next joins what is under way there.
my $t     = Inv::Test->new(workers => 1);
my $proxy = watch($t);

sub part {
    my ($cache, %opt) = @_;
    my $zone = $opt{zone} // '8m';
    my $servers = $opt{redis} ? 'redis://127.0.0.1:' . $opt{redis}->port : 'off';
    my $timeout = $opt{timeout} // '20s';
    return (
        %{ $opt{more} // {} },
        directives => <<"EOD");
    inventory_mongo "%%MONGO%%";
    inventory_redis $servers;
    inventory_cache $cache;
    inventory_zone $zone;
    inventory_timeout $timeout;
EOD
}

# Reads of products are slow from now on; writes, which are other commands, not.
sub slow_reads {
    my ($ms) = @_;
    return $proxy->faults("delay 1000000 ms=$ms-$ms command=find collection=products");
}

# Sends a request and leaves its answer for later.
sub begin {
    my (@request) = @_;
    my $connection = Inv::HTTP::Connection->new($t->port);
    $connection->write(request_text(@request, keepalive => 1));
    return $connection;
}

# Begins a read and waits until the database has been asked.
sub begin_read {
    my ($path, $name) = @_;
    my $before = $proxy->status->{delay};
    my $reader = begin(GET => $path);
    ok(wait_until(sub { $proxy->status->{delay} > $before }), "$name: a read is under way");
    # The database answers before the reply is held: what is read is the older.
    sleep 0.1;
    return $reader;
}

# Two products whose reads are shared by a page that includes both and by those
# who ask for one: each gets the one that it asked for.
sub shares {
    # One worker drops what another one holds.
    local $t->{workers} = 2;
    my @part = part('local=60s redis=off',
        more => { listen => '127.0.0.1:%%PORT%% reuseport', locations => <<'EOD' });
        root %%DIR%%/html;
        location /api/ { inventory_api; }
        location = /page.html { ssi on; default_type text/html; }
EOD
    mkdir $t->dir . '/html';
    $t->run(@part);
    my @both = map { $t->create(name => $_ x 4) } 'A', 'B';
    my @path = map { $t->path($_) } @both;
    $t->write_file('html/page.html',
        join '', map {qq(<!--# include virtual="$_" wait="yes" -->)} @path);
    my ($wrong, $unread) = (0, 0);
    for my $round (1 .. 3) {
        $t->restart(@part);    # with an empty zone
        $t->get($path[1]) for 1 .. 20;
        slow_reads(200);
        my @answers = $t->all(map { [ GET => $_ % 2 ? '/page.html' : $path[0] ] } 1 .. 40);
        $proxy->faults;
        $unread += grep { $_->status != 200 } @answers;
        my @pages = grep { $_->body !~ /^\{"id"/ || $_->body =~ /\}\{/ } @answers;
        my @alone = grep { $_->body =~ /^\{"id"/ && $_->body !~ /\}\{/ } @answers;
        $wrong += grep { $_->json->{id} ne $both[0]{id} } @alone;
        $wrong += grep { $_->body !~ /^\{"id":"$both[0]{id}".*\}\{"id":"$both[1]{id}".*\}$/s } @pages;
        $wrong++ if @pages != 20 || @alone != 20;
    }
    is("$wrong $unread", '0 0', 'a page and readers share a read: each has its own product');
    return;
}

# A read began, then a purchase is acknowledged, then somebody else reads: not
# what the first will see, however long that takes.
sub joins {
    my ($name, $cache, $ms, $wait) = @_;
    $t->restart(part($cache));
    my $product = $t->create(stock => 100);
    my $path    = $t->path($product);
    sleep 1.2;    # the copy of who created it has ended
    slow_reads($ms);
    my $first = begin_read($path, $name);
    my $r = $t->request(POST => "$path/purchase");
    $t->status_is($r, 200, "$name: sold meanwhile");
    sleep $wait;
    my $second = begin(GET => $path);
    is($second->response(timeout => 20)->json->{stock}, 99,
        "$name: who reads after that sees it");
    $t->status_is($first->response(timeout => 20), 200, "$name: the first is answered");
    $proxy->faults;
    is($t->get($path)->json->{stock}, 99, "$name: and afterwards");
    return;
}

# The same where old workers, that have a zone of another size, write while new
# ones read.
sub joins_beside {
    my $name = 'beside a reload';
    $t->restart(part('local=200ms redis=off'));
    my $product = $t->create(stock => 100);
    my $path    = $t->path($product);
    my $list    = '/api/products?limit=100';
    my $text    = request_text(POST => "$path/purchase",
        json => { quantity => 1 }, keepalive => 1);
    # Half of a request: an old worker stays until the rest has come.
    my $old = Inv::HTTP::Connection->new($t->port);
    $old->write(substr $text, 0, -2);
    sleep 0.5;
    my %before = map { $_ => 1 } $t->nginx->workers;
    $t->nginx->write_config($t->config(part('local=200ms redis=off', zone => '16m')));
    $t->nginx->signal('HUP');
    ok(wait_until(sub { grep { !$before{$_} } $t->nginx->workers }), "$name: new workers");
    sleep 0.5;    # old ones have closed their listening sockets
    slow_reads(1500);
    my @first = (begin_read($path, $name), begin_read($list, "$name: list"));
    $old->write(substr $text, -2);
    $t->status_is($old->response(timeout => 10), 200, "$name: sold by an old worker");
    my @second = map { begin(GET => $_) } $path, $list;
    my ($alone, $listed) = map { $_->response(timeout => 20)->json } @second;
    is($alone->{stock}, 99, "$name: who reads after that sees it");
    my ($item) = grep { $_->{id} eq $product->{id} } @{ $listed->{items} };
    is($item->{stock}, 99, "$name: in a list too");
    $_->response(timeout => 20) for @first;
    $proxy->faults;
    return;
}

# Another node keeps copies for longer than this one, whose floors are gone while
# those still live; near their end they look like copies of its own lifetime.
sub outlives {
    my $redis = Inv::RedisServer->new(dir => $t->dir, name => 'redis');
    my %opt   = (redis => $redis, timeout => '1s');
    $t->restart(part('local=off redis=300ms', %opt));
    $t->run_beside('second', part('local=off redis=5s', %opt));
    my @second  = (port => $t->port('second'));
    my $product = $t->create(stock => 10);
    my $path    = $t->path($product);
    for my $node ([], \@second) {
        ok(wait_until(sub { detail($t->get($path, @{$node})) eq 'redis' }, 20),
            'the node uses Redis');
    }
    $redis->command('FLUSHALL');
    ok(wait_until(sub { $t->get($path, @second); $redis->keys_with($product->{id}) }),
        'a copy by the other node');
    my ($key) = $redis->keys_with($product->{id});
    my $copy = $redis->command(GET => $key);
    $t->status_is($t->request(POST => "$path/purchase"), 200, 'sold by this node');
    # As if Redis were restored, again and again.
    my ($ends, $asked, %stock) = (time + 7);
    while (time < $ends) {
        $redis->command(SET => $key, $copy, PX => 60_000);
        my $r = $t->get($path);
        $stock{ $r->json->{stock} }++;
        sleep 0.1;
    }
    is_deeply([ keys %stock ], [9], 'copies of another node that live longer: never older here');
    $t->nginx('second')->finish;
    return;
}

# A second node on the same database has done it; what this one answers is only
# repeated, but acknowledged all the same.
my %again = (
    purchase => sub {
        my ($id) = @_;
        return [ POST => "/api/products/$id/purchase", json => { quantity => 2 },
            headers => [ 'Idempotency-Key' => '"once"' ] ];
    },
    batch => sub {
        my ($id) = @_;
        my @operations = map {
            { productId => $_, type => 'purchase', quantity => 2 }
        } '0' x 24, $id;
        return [ POST => '/api/stock/batch', json => { operations => \@operations },
            headers => [ 'Idempotency-Key' => '"twice"' ] ];
    },
    edit => sub {
        my ($id) = @_;
        return [ PATCH => "/api/products/$id", json => { price => 5 } ];
    },
);

sub repeats {
    my %part = part('local=60s redis=off');
    $t->restart(%part);
    $t->run_beside('third', %part);
    for my $what (sort keys %again) {
        my $product = $t->create(stock => 10, price => 4);
        my $path    = $t->path($product);
        my @request = @{ $again{$what}->($product->{id}) };
        is($t->get($path)->json->{version}, 1, "$what: a copy here");
        my $there = $t->request(@request, port => $t->port('third'));
        $t->status_is($there, 200, "$what: done there");
        is($t->get($path)->json->{version}, 1, "$what: which is not known here");
        my $here = $t->request(@request);
        $t->status_is($here, 200, "$what: repeated here");
        is($here->body, $there->body, "$what: the same answer");
        my $now = $t->get($path)->json;
        is($now->{version}, 2, "$what: who reads after that sees it");
        is($what eq 'edit' ? $now->{price} == 5 : $now->{stock} == 8, 1, "$what: as it is");
    }
    return;
}

# The old owner gave its sku away through the other nginx, which is not known
# here; the new owner got it here.
sub changes_hands {
    my ($old, $new) = map { $t->create(sku => "$_-HANDS", stock => 1) } 'A', 'B';
    my $by_sku = '/api/products/sku/A-HANDS';
    is($t->get($by_sku)->json->{id}, $old->{id}, 'a sku: its owner');
    $t->status_is(
        $t->patch($t->path($old), { sku => 'OTHER' }, port => $t->port('third')),
        200, 'a sku: given away there');
    is($t->get($by_sku)->json->{id}, $old->{id}, 'a sku: which is not known here');
    $t->status_is($t->patch($t->path($new), { sku => 'A-HANDS' }),
        200, 'a sku: taken here');
    is($t->get($by_sku)->json->{id}, $new->{id},
        'a sku: who asks after that sees its new owner');
    return;
}

shares();
joins('all off', 'local=off redis=off', 1000, 0.1);
joins('10 ms', 'local=10ms redis=off', 1000, 0.1);
joins('the default, slow', 'local=1s redis=off', 5000, 2.5);
joins_beside();
outlives();
repeats();
changes_hands();

$t->done;

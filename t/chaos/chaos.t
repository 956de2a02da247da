# Everything breaks, in any order, for a while; then the accounts must be exact.
#
# Environment: CHAOS_SEED, CHAOS_SECONDS (60), CHAOS_OPS (purchase,restock,
# adjust,batch,create,patch), CHAOS_KEYED (the share of requests with a key, 0.5),
# CHAOS_MOVEMENTS (0: they are not read through HTTP), CHAOS_DEEDS (what the monkey does, see Inv::Chaos::Monkey; `none`: nothing,
# and no faults), CHAOS_CLIENTS (processes), CHAOS_PLANT (a lie in the
# accounts, see below: the run must then fail), CHAOS_SET (the database is the
# replica set of MONGO_URI, with no proxy before it: its primary steps down, and
# where MONGO_PIDS names the members' processes, PORT:PID, is stopped for a while).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Path qw(make_path);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use Inv::Chaos::Accounts;
use Inv::Chaos::Client;
use Inv::Chaos::Journal;
use Inv::Chaos::Monkey;
use Inv::Chaos::Proxy;
use Inv::Chaos::Random;
use Inv::Chaos::Set;
use Inv::Test;

use constant {
    PRODUCTS    => 20,
    HOT         => 3,
    CONNECTIONS => 8,      # of each process of clients
    MOVEMENTS   => 1000,   # of each product that are read through HTTP, at most

    # After the quiet has begun: the sweep takes what is older than 5 s, and
    # undos that were waiting for the database have been made.
    SETTLE_SECONDS => 60,
    CALM_SECONDS   => 7,
};

my $seed = $ENV{CHAOS_SEED} || (int(time * 1000) ^ $$) & 0x7fffffff;
my $seconds = $ENV{CHAOS_SECONDS} || 60;
my @operations = split /,/,
    $ENV{CHAOS_OPS} // 'purchase,restock,adjust,batch,create,patch';
my $keyed = $ENV{CHAOS_KEYED} // 0.5;
my $deeds = $ENV{CHAOS_DEEDS} // '';
my $clients = $ENV{CHAOS_CLIENTS} || 5;

diag("chaos: seed $seed, $seconds s");
my $random = Inv::Chaos::Random->new($seed, 'products');

my $set   = $ENV{CHAOS_SET};
my $mongo = $set
    ? Inv::Chaos::Set->new(Inv::Servers::mongo_uri(), $ENV{MONGO_PIDS})
    : Inv::Servers->private('mongo');
my $redis = Inv::Servers->private('redis');
my $dir   = File::Temp->newdir('inv-chaos-XXXXXXXX', TMPDIR => 1);
my $proxy = $set ? $mongo : Inv::Chaos::Proxy->new(
    uri  => $mongo->uri,
    seed => $seed,
    log  => "$dir/proxy.log",
);
$deeds ||= join ',', $mongo->deeds if $set;
my $t = Inv::Test->new(
    mongo   => $proxy->uri,
    redis   => $redis->uri,
    private => 1,
);
my @parts = (
    directives => <<'EOT',
    inventory_mongo "%%MONGO%%";
    inventory_redis "%%REDIS%%";
    inventory_timeout 2s;
    inventory_cache redis=1s;
EOT
    server => '        add_header X-Worker $pid always;',
);
$t->run(@parts);
my @nginx = ($t->nginx, $t->run_beside('second', @parts));
my @ports = map { $_->{port} } @nginx;
$_->allow(qr/exited on signal 9/, qr/was locked by/) for @nginx;

# Where nothing is put back, most must have plenty.
my $refilled = grep {/^(?:restock|batch|patch)$/} @operations;
my %known;
my @products = map { create($_) } 0 .. PRODUCTS - 1;

sub create {
    my ($n) = @_;
    my $trace = $random->hex_digits(32);
    my $stock = $refilled || $n % 4 == 3 ? $random->between(0, 60) : 1_000_000;
    $known{$trace} = 1;
    my $r = $t->post('/api/products',
        { name => "Product $n", price => 1, stock => $stock },
        headers => [ traceparent => "00-$trace-00000000000000f1-01" ]);
    die 'create: ', $r->text, "\n" if $r->status != 201;
    return $r->json->{id};
}


# The chaos.

my $ends = time + $seconds;
my @children = map { start_client("c$_") } 1 .. $clients;
my $monkey = Inv::Chaos::Monkey->new(
    seed  => $seed,
    proxy => $proxy,
    nginx => \@nginx,
    mongo => $mongo,
    redis => $redis,
    length $deeds ? (deeds => [ split /,/, $deeds ]) : (),
);
if ($deeds eq 'none') {
    sleep 0.1 while time < $ends;
}
else {
    $monkey->run($ends);
}

sub start_client {
    my ($name) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    my $done = eval {
        Inv::Chaos::Client->new(
            name        => $name,
            seed        => $seed,
            ports       => \@ports,
            products    => \@products,
            hot         => HOT,
            operations  => \@operations,
            keyed       => $keyed,
            connections => CONNECTIONS,
            journal     => "$dir/journal.$name",
            ends        => $ends,
            quiet       => "$dir/quiet",
        )->run;
        1;
    };
    print STDERR "client $name: $@" if !$done;
    POSIX::_exit($done ? 0 : 1);
}


# The quiet: what was held lands, what is to be retried is.

ok(wait_until(sub { !$proxy->status->{'under-way'} }, 30),
    'what was held has landed');
for my $nginx (@nginx) {
    ok(
        wait_until(
            sub {
                $t->get('/health/ready', port => $nginx->{port})->status == 200
                    && $nginx->workers == 2;
            },
            60
        ),
        "two workers at port $nginx->{port}, and ready"
    );
}
$t->write_file('quiet', '');
rename $t->dir . '/quiet', "$dir/quiet" or die "quiet: $!\n";
for my $pid (@children) {
    waitpid $pid, 0;
    is($?, 0, 'a process of clients came to its end');
}
my @attempts = map { Inv::Chaos::Journal->read($_) } glob "$dir/journal.*";
my $direct = Inv::Mongo->new(
    Inv::Servers::with_database($mongo->uri, $t->database));
ok(wait_until(\&is_calm, SETTLE_SECONDS), 'the outboxes are empty, and stay so');

# Nothing in any outbox, and nothing new for a while.
sub is_calm {
    my ($waiting) = $direct->find('products', { dirty => JSON::PP::true });
    return 0 if $waiting;
    my $before = movements_count();
    sleep CALM_SECONDS;
    return $before == movements_count();
}

sub movements_count {
    my $count = 0;
    $count += $_->{seq} // 0 for $direct->find('products', {});
    return $count;
}


# The accounts.

my @documents = $direct->find('products', {});
my %ledger;
for my $product (@documents) {
    $ledger{ $product->{_id} }
        = [ $direct->find('ledger', { productId => Inv::Mongo::oid($product->{_id}) }) ];
}
plant($ENV{CHAOS_PLANT}) if $ENV{CHAOS_PLANT};
my $accounts = Inv::Chaos::Accounts->new(
    products => \@documents,
    ledger   => \%ledger,
    attempts => \@attempts,
    killed   => $monkey->killed,
    known    => \%known,
);
my @problems = $accounts->problems;
is(scalar @problems, 0, "the accounts are exact (seed $seed)");
diag(join "\n", @problems[ 0 .. ($#problems < 20 ? $#problems : 19) ])
    if @problems;

# A lie, to see that it is found.
sub plant {
    my ($what) = @_;
    my $product = $random->pick(grep { @{ $ledger{ $_->{_id} } } > 2 } @documents);
    my $entries = $ledger{ $product->{_id} };
    my ($done) = grep { $_->{status} == 200 && !$_->{batch} } @attempts;
    $what eq 'lost-entry'  ? splice @{$entries}, 1, 1
    : $what eq 'stock'     ? $product->{stock}++
    : $what eq 'seq'       ? $product->{seq}++
    : $what eq 'twice'     ? push @attempts, { %{$done}, request => 'planted' }
    : $what eq 'refused'   ? $done->{status} = 409
    : $what eq 'failed'    ? $done->{status} = 503
    : die "nothing to plant: $what\n";
    return;
}


# What HTTP says, at both.

my %first = map { $_ => 1 } @products;
for my $product (grep { $first{ $_->{_id} } } @documents) {
    for my $port (@ports) {
        my $r = $t->get("/api/products/$product->{_id}", port => $port);
        my $said = join ' ', $r->status, map { $r->json->{$_} // '-' }
            qw(stock reserved version);
        is($said,
            "200 $product->{stock} $product->{reserved} $product->{version}",
            "product $product->{_id} through port $port");
    }
}

if ($ENV{CHAOS_MOVEMENTS} // 1) {
    my $nth = 0;
    for my $product (grep { $first{ $_->{_id} } } @documents) {
        my $port = $ports[ $nth++ % @ports ];
        is(movements_over_http($product->{_id}, $port),
            movements_of($product->{_id}),
            "the movements of $product->{_id} through port $port");
    }
}

# The newest, one a line.
sub movements_of {
    my ($id) = @_;
    my @lines;
    my $stock = 0;
    for my $entry (sort { $a->{from} <=> $b->{from} } @{ $ledger{$id} }) {
        my $seq = $entry->{from};
        for my $operation (@{ $entry->{ops} }) {
            $stock += $operation->{d};
            unshift @lines, join ' ', "$id-$seq", $seq++,
                @{$operation}{qw(t d)}, $stock, $operation->{trace};
        }
    }
    splice @lines, MOVEMENTS if @lines > MOVEMENTS;
    return join "\n", @lines;
}

sub movements_over_http {
    my ($id, $port) = @_;
    my @lines;
    my $next = '';
    while (defined $next && @lines < MOVEMENTS) {
        my $r = $t->get("/api/products/$id/movements?limit=100"
                . ($next && "&cursor=$next"), port => $port);
        return $r->text if $r->status != 200;
        push @lines, map {
            join ' ', @{$_}{qw(id seq type delta stockAfter traceId)}
        } @{ $r->json->{items} };
        $next = $r->json->{page}{next};
    }
    return join "\n", @lines;
}

summary();

# What has happened, so that a run that tested nothing is seen.
sub summary {
    my %status;
    $status{ $_->{status} }++ for @attempts;
    my %request = map { $_->{request} => 1 } @attempts;
    my $faults = $proxy->status;
    diag(join ', ', scalar(keys %request) . ' requests',
        scalar(@attempts) . ' attempts',
        map {"$status{$_} of status $_"} sort keys %status);
    diag(join ', ', "deeds: " . join(' ',
        map {"$_ $monkey->{done}{$_}"} sort keys %{ $monkey->done }));
    diag('proxy: ' . join ' ', map {"$_ $faults->{$_}"} sort keys %{$faults});
    my %moves;
    $moves{ $_->{t} }++ for map { @{ $_->{ops} } } map { @{$_} } values %ledger;
    diag('movements: ' . join ' ', map {"$_ $moves{$_}"} sort keys %moves);
    diag('not undone, the worker having been killed: ', $accounts->excused);
    cmp_ok($status{200} // 0, '>', 5 * $seconds, 'enough was done')
        or diag('is the machine too slow, or is everything refused?');
    return;
}

# What a failed run leaves.
sub keep {
    my $kept = "build/test/chaos-$seed";
    make_path($kept);
    system('cp', '-r', glob("$dir/*"), $kept);
    for my $nginx (@nginx) {
        system('cp', "$nginx->{dir}/error.log", "$kept/error.$nginx->{port}.log");
    }
    write_kept("$kept/diary",    $monkey->diary);
    write_kept("$kept/problems", @problems);
    write_kept("$kept/database.json",
        Inv::Test::canonical_text({ products => \@documents, ledger => \%ledger }));
    diag("journals, logs, problems and the database are kept in $kept");
    return;
}

sub write_kept {
    my ($path, @lines) = @_;
    open my $out, '>', $path or die "$path: $!\n";
    print {$out} map {"$_\n"} @lines;
    close $out or die "$path: $!\n";
    return;
}

$t->done;
keep() if !Test::More->builder->is_passing;

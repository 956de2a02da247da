# Reads are never older than promised: many clients read and write through all
# workers of two nginx, while Redis and what is around it breaks; then each read
# is held against all that had been acknowledged before it began.
#
# Environment: COHERENCE_SEED, COHERENCE_SECONDS (25), COHERENCE_CLIENTS
# (processes), COHERENCE_DEEDS (what the monkey does, see
# Inv::Coherence::Monkey; `none`: nothing), COHERENCE_PLANT (0: no old copies
# are put back), COHERENCE_CROWD (products that are written by the thousand, so
# that the zone is too small for their floors: a run of its own, with other
# deeds; 0: none), COHERENCE_REDIS and COHERENCE_LOCAL (lifetimes, in ms, in
# place of drawn ones), COHERENCE_UPGRADE (0 or 1: binary upgrades are not, or
# are, among the deeds), COHERENCE_KEEP (0: a failed run leaves nothing).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Path qw(make_path);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

use Inv::Chaos::Random;
use Inv::Coherence::Check;
use Inv::Coherence::Client;
use Inv::Coherence::History;
use Inv::Coherence::Journal qw(now);
use Inv::Coherence::Monkey;
use Inv::Coherence::Planter;
use Inv::Coherence::Proxy;
use Inv::Coherence::Scene;
use Inv::Coherence::Shop;
use Inv::Test;

use constant {
    PRODUCTS    => 240,
    HOT         => 4,
    CONNECTIONS => 12,      # of each process of clients
    WRITES      => 0.12,    # of what is asked

    # Seconds beyond a lifetime: who reads may be given what another asked the
    # database for just before, and on a busy machine that takes its time.
    ALLOWANCE => 1,

    # For a crowd: floors last so long that they become many, and nothing makes
    # a new zone.
    CROWD_REDIS_MS => 30_000,
    CROWD_DEEDS    => 'crowd,crowd,kill_worker,late,old_dump,hang_moments',

    # A worker with so many reads must have read what others wrote.
    WORKER_READS => 300,
};

my $seed = $ENV{COHERENCE_SEED} || (int(Time::HiRes::time() * 1000) ^ $$) & 0x7fffffff;
my $seconds = $ENV{COHERENCE_SECONDS} || 25;
my $clients = $ENV{COHERENCE_CLIENTS} || 4;
my $random = Inv::Chaos::Random->new($seed, 'scene');
my $crowd = $ENV{COHERENCE_CROWD} || 0;
my $redis_ms = $ENV{COHERENCE_REDIS}
    || ($crowd ? CROWD_REDIS_MS : $random->pick(1000, 1000, 2000, 4000));
my $local_ms = $ENV{COHERENCE_LOCAL} || $random->pick(200, 400);

my $redis = Inv::Servers->private('redis');
my $proxy = Inv::Coherence::Proxy->new(url => $redis->uri, seed => $seed);
my $t = Inv::Test->new(redis => $proxy->url, workers => $random->pick(2, 2, 3));
my $dir = File::Temp->newdir('inv-coherence-XXXXXXXX', TMPDIR => 1);
my $scene = Inv::Coherence::Scene->new(
    test     => $t,
    random   => $random,
    redis_ms => $redis_ms,
    local_ms => $local_ms,
    crowd    => $crowd,
);
$scene->start;
my @nginx = $scene->nginx;
my @ports = map { $_->{port} } @nginx;
my %feature = $scene->features;
diag("coherence: seed $seed, $seconds s; ", $scene->told);

my @names = map {"c$_"} 1 .. $clients;
my @products = $scene->products(PRODUCTS, HOT, \@names, "$dir/journal.scene");
my @hot = map { $_->{id} } grep { $_->{hot} } @products;
$scene->make_crowd;


# The traffic, and what happens meanwhile.

my $ends = now() + $seconds;
my @children = map { start_client($_) } 0 .. $#names;
push @children, start(
    planter => Inv::Coherence::Planter->new(
        seed  => $seed,
        redis => $redis->uri,
        ends  => $ends,
        count => "$dir/planted",
    )
) if $ENV{COHERENCE_PLANT} // 1;
my $deeds = $ENV{COHERENCE_DEEDS} // ($crowd ? CROWD_DEEDS : '');
my $upgrades = $ENV{COHERENCE_UPGRADE} // $scene->can_upgrade;
my $monkey = Inv::Coherence::Monkey->new(
    seed  => $seed,
    proxy => $proxy,
    nginx => \@nginx,
    redis => $redis,
    (map { my $deed = $_; $deed => sub { return $scene->$deed(@_) } }
        'rezone', 'crowd'),
    upgrade => $upgrades,
    length $deeds ? (deeds => [ split /,/, $deeds ]) : (),
);
if ($deeds eq 'none') { sleep 0.1 while now() < $ends }
else                  { $monkey->run($ends) }

sub start_client {
    my ($n) = @_;
    return start(
        $names[$n] => Inv::Coherence::Client->new(
            name        => $names[$n],
            seed        => $seed,
            ports       => $n % 2 ? [ reverse @ports ] : \@ports,
            journal     => "$dir/journal.$names[$n]",
            connections => CONNECTIONS,
            share       => WRITES,
            ends        => $ends,
            features    => \%feature,
            shop        => Inv::Coherence::Shop->new(
                name     => $names[$n],
                hot      => \@hot,
                products => \@products,
                notes    => "$dir/notes",
            ),
        )
    );
}

sub start {
    my ($name, $what) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    my $done = eval { $what->run; 1 };
    print STDERR "$name: $@" if !$done;
    POSIX::_exit($done ? 0 : 1);
}

for my $pid (@children) {
    waitpid $pid, 0;
    is($?, 0, 'a process came to its end');
}


# What was promised, and what was seen.

my @journals = glob "$dir/journal.*";
my $history = Inv::Coherence::History->new(
    ports => \@ports,
    bound => ($redis_ms > $local_ms ? $redis_ms : $local_ms) / 1000 + ALLOWANCE,
);
my $writes = 0;
for my $journal (@journals) {
    Inv::Coherence::Journal->each_line($journal, 'w',
        sub { $history->add($_[0]); $writes++ if $_[0]{status} =~ /^2/ });
}
$history->seal;
my $check = Inv::Coherence::Check->new(history => $history);
for my $journal (@journals) {
    Inv::Coherence::Journal->each_line($journal, $_, sub { $check->line($_[0]) })
        for qw(w r);
}
my $kinds = $check->kinds;
is_deeply($kinds, {}, "nothing that was read is older than promised (seed $seed)");
diag(join "\n", $check->violations) if %{$kinds};

my $reads = 0;
summary();

# So that a run that looked at nothing is seen.
cmp_ok($reads, '>', 40 * $seconds, 'enough was read')
    or diag('is the machine too slow, or is everything refused?');
cmp_ok($writes, '>', 4 * $seconds, 'enough was written');
for my $kind (sort grep { $feature{$_} && $_ ne 'page' } keys %feature) {
    cmp_ok(($check->reads->{$kind} // {})->{'other worker'} // 0, '>', 0,
        "$kind: what another worker had written was read");
}
for my $cached ($scene->caches) {
    cmp_ok($check->cache->{$cached} // 0, '>', 0, "Cache-Status: $cached");
}
cmp_ok($scene->losses->{'inventory_zone is too small for the writes'} // 0,
    '>', 0, 'the crowd was too much for the zone')
    if $crowd;
my %workers = %{ $check->workers };
my @busy = grep { total($workers{$_}) >= WORKER_READS } sort keys %workers;
cmp_ok(scalar @busy, '>=', 2 * @nginx, 'workers of all nginx have read');
is(join(' ', grep { !$workers{$_}{'other worker'} } @busy), '',
    'each of them what another of its nginx had written');

sub total {
    my ($counts) = @_;
    my $total = 0;
    $total += $_ for values %{$counts};
    return $total;
}

sub counted {
    my ($counts) = @_;
    return join ', ', map {"$_ $counts->{$_}"} sort keys %{$counts};
}

sub summary {
    my $statuses = $check->statuses;
    for my $line (grep { !/^(?:purchase|restock|replay|rename|move|swap|create|delete) / }
        keys %{$statuses})
    {
        $reads += $statuses->{$line} if $line =~ / (?:200|304|404)$/;
    }
    diag("$reads reads answered, $writes writes acknowledged");
    diag('answers: ', counted($statuses));
    for my $kind (sort keys %{ $check->reads }) {
        diag("products checked by $kind, written by the: ",
            counted($check->reads->{$kind}));
    }
    diag($check->members, ' products checked to be in a list, or not in it');
    diag('Cache-Status: ', counted($check->cache));
    diag(scalar keys %{ $check->workers }, ' workers have read');
    diag($check->ages);
    diag('deeds: ', counted($monkey->done));
    diag('proxy: ', $proxy->tell('status'));
    diag('old copies put back: ', planted());
    diag('floors were lost: ', counted($scene->losses));
    return;
}

sub planted {
    open my $in, '<', "$dir/planted" or return 'none';
    return scalar(<$in>) // 'none';
}

# What a failed run leaves.
sub keep {
    my $kept = "build/test/coherence-$seed";
    make_path($kept);
    system('cp', '-r', glob("$dir/*"), $kept);
    for my $nginx (@nginx) {
        system('cp', "$nginx->{dir}/error.log", "$kept/error.$nginx->{port}.log");
    }
    open my $out, '>', "$kept/diary" or die "$kept/diary: $!\n";
    print {$out} map {"$_\n"} $monkey->diary;
    close $out or die "$kept/diary: $!\n";
    diag("journals, logs and the diary are kept in $kept");
    return;
}

$t->done;
keep() if !Test::More->builder->is_passing && ($ENV{COHERENCE_KEEP} // 1);

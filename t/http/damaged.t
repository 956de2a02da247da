# A product that cannot be read, because something else wrote it: the others
# are served, alone, together and in lists, and the log tells which it is.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Metrics;
use Inv::Test;

my $t = Inv::Test->new(workers => 1)->run(locations => <<'EOT');
        location /api/ { inventory_api; }
        location /metrics { inventory_metrics; }
EOT

sub met {
    return Inv::Metrics->new($t->get('/metrics'))
        ->value('inventory_damaged_documents_total');
}

# Past the service, so that no copy of them is anywhere.
my @ids = map { sprintf '%024x', 0xabc000 + $_ } 1 .. 60;
my %damaged = map { $ids[$_] => 1 } 0, 7, 8, 30, 59;
$t->mongo->command(
    insert    => 'products',
    documents => [
        map {
            {   _id       => Inv::Mongo::oid($_),
                name      => "number $_",
                price     => $damaged{$_} ? 'cheap' : 2,
                stock     => 1,
                version   => 1,
                createdAt => { '$date' => '2026-01-01T00:00:00Z' },
            }
        } @ids
    ],
);

# All at once: they share their reads.
my @answers = $t->all(map { [ GET => "/api/products/$_" ] } @ids, @ids);
my @wrong;
for my $i (0 .. $#answers) {
    my $id = $ids[ $i % @ids ];
    push @wrong, "$id: " . $answers[$i]->status
        if $answers[$i]->status != ($damaged{$id} ? 500 : 200);
}
is("@wrong", '', 'whole ones are read, damaged ones are not');
$t->problem_is($t->get("/api/products/$ids[7]"), 500, 'damaged', 'as a problem');
like($t->nginx->log, qr/product $_ is damaged at price/, "the log names $_")
    for sort keys %damaged;
cmp_ok(met(), '>=', 5, 'and they are counted');

# Lists leave them out, page by page.
my @whole = grep { !$damaged{$_} } reverse @ids;
for my $limit (1, 7, 20, 60) {
    my ($path, @listed) = ("/api/products?limit=$limit");
    for (1 .. 70) {
        my $r = $t->get($path);
        $t->status_is($r, 200, "limit=$limit") if $r->status != 200;
        push @listed, map { $_->{id} } @{ $r->json->{items} };
        my $next = $r->json->{page}{next} // last;
        $path = "/api/products?limit=$limit&cursor=$next";
    }
    is("@listed", "@whole", "limit=$limit: all that can be read, once");
}
like($t->nginx->log, qr/left out of a list: product $ids[59] is damaged at/,
    'and the log tells of it');

# With ?ids= and by sku as well.
my $counted = met();
my $few = $t->get("/api/products?ids=$ids[6],$ids[7],$ids[9]");
is("@{[ map { $_->{id} } @{ $few->json->{items} } ]}", "$ids[6] $ids[9]",
    '?ids= leaves it out');
is(met(), $counted + 1, 'which is counted');

# Whoever asks, the log has a line a second.
my @before = $t->nginx->log =~ /left out of a list/g;
my $from = time;
$t->all(map { [ GET => '/api/products?limit=60' ] } 1 .. 100) for 1 .. 5;
my @said = $t->nginx->log =~ /left out of a list/g;
cmp_ok(@said - @before, '<=', time - $from + 2, 'a line a second at most');
ok( wait_until(
        sub { grep { $_ > 100 } $t->nginx->log =~ /documents left out: (\d+)$/mg }
    ),
    'which tells how many'
);

# By number each keeps its place.
my $r = $t->get('/api/products?limit=10&page=1');
is(scalar @{ $r->json->{items} }, 9, 'a page by number is one shorter');
is($r->json->{page}{total}, 60, 'and the total counts all');

# Every member may be of any type and value; what is no UTF-8 never leaves here.
my @members = qw(sku name description price category tags stock lowStock
    reserved version seq edits epoch createdAt updatedAt outbox deleted);
my @values = (
    undef, \1, 'x', "\x{e9}", [ 1, 2, 3 ], ['x'], {}, { a => 1 },
    { '$numberDouble' => 'NaN' }, { '$numberDouble' => 'Infinity' },
    { '$numberDouble' => '1e300' }, { '$numberDecimal' => 'NaN' },
    { '$numberDecimal' => '-1' }, Inv::Mongo::long('-1'),
    Inv::Mongo::long('9007199254740992'), Inv::Mongo::long('9223372036854775807'),
    Inv::Mongo::long('-9223372036854775808'), Inv::Mongo::oid('0' x 24),
    { '$date' => { '$numberLong' => '9223372036854775807' } },
    { '$binary' => { base64 => '/8A=', subType => '00' } },
    { '$regularExpression' => { pattern => 'x', options => '' } },
    { '$timestamp' => { t => 1, i => 1 } }, { '$minKey' => 1 }, { '$maxKey' => 1 },
);
my $wild = 0;
my @wild;
for my $member (@members) {
    push @wild, map {
        {   _id       => Inv::Mongo::oid(sprintf '%024x', 0xdef000 + $wild++),
            name      => 'wild', price => 1, stock => 1, version => 1,
            createdAt => { '$date' => '2026-02-01T00:00:00Z' },
            $member   => $_,
            $member eq 'outbox' ? (dirty => \1) : (),
        }
    } @values;
}
# One of each is enough where a sku must be one product's.
my %skus;
@wild = grep { !exists $_->{sku} || !$skus{ JSON::PP->new->canonical->allow_blessed->encode([ $_->{sku} ]) }++ } @wild;
my $inserted = $t->mongo->try(insert => 'products', documents => \@wild, ordered => \0);
cmp_ok($inserted->{n}, '>', 300, 'documents of all sorts');
for my $sort (qw(createdAt -createdAt name -name price -price stock -stock)) {
    my ($path, %listed) = ("/api/products?limit=100&sort=$sort");
    for (1 .. 20) {
        my $list = $t->get($path);
        $t->status_is($list, 200, $sort) if $list->status != 200;
        $listed{ $_->{id} }++ for @{ $list->json->{items} };
        my $next = $list->json->{page}{next} // last;
        $path = "/api/products?limit=100&sort=$sort&cursor=$next";
    }
    is_deeply([ grep { !$listed{$_} } @whole ], [], "$sort: all whole ones");
    is_deeply([ grep { $_ > 1 } values %listed ], [], "$sort: each once");
}
for my $answer ($t->all(map { [ GET => sprintf '/api/products/%024x', $_ ] }
        0xdef000 .. 0xdef000 + $wild - 1))
{
    next if $answer->status =~ /^(?:200|404|500)$/ && $answer->json;
    fail('one by one: ' . $answer->status);
}
$t->status_is($t->get('/api/movements'), 200, 'the list of movements');

# Mended, it is there again.
is($t->mongo->update('products', { _id => Inv::Mongo::oid($ids[7]) },
        { '$set' => { price => 3 } }), 1, 'mended');
$t->status_is($t->get("/api/products/$ids[7]"), 200, 'and read');

$t->done;

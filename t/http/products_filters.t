# Lists of products by filters and sorts: what is found, in which order, page by
# page; words that follow name and description; ids; and what is refused.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new->run;

sub list {
    my ($query) = @_;
    return $t->get("/api/products?$query");
}

sub items { return @{ $_[0]->json->{items} } }

# The names in the order of the list, walked to its end page by page.
sub names {
    my ($query) = @_;
    my $r = list($query);
    my (@names, %seen);
    while (1) {
        $t->status_is($r, 200, "GET ?$query") or return @names;
        push @names, map { $_->{name} } items($r);
        my $next = $r->json->{page}{next};
        return @names if !defined $next || $seen{$next}++;
        my ($target) = ($r->header('Link') // '') =~ /^<([^>]*)>; rel="next"$/;
        $target =~ s{^https?://[^/]*}{};
        $r = $t->get($target);
    }
}

sub names_are {
    my ($query, $expected, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    for my $limit (1, 3, 100) {
        is(join(' ', names("$query&limit=$limit")),
            $expected, $name // "?$query by $limit");
    }
    my $r = list("$query&page=1&limit=100");
    my $count = () = $expected =~ /\S+/g;
    is($r->json->{page}{total}, $count, "?$query: the total is of this list");
    return;
}

my %made;
my @products = (
    {   name => 'Apple', price => 1, stock => 0, category => 'fruit',
        tags => [ 'red', 'sweet' ], lowStock => 2, sku => 'A-1' },
    {   name => 'banana', price => 0.5, stock => 3, category => 'fruit',
        tags => ['yellow'], lowStock => 3, description => 'Sweet, and CURVED' },
    {   name => 'Carrot', price => 0.5, stock => 7, category => 'roots & leaves',
        tags => [ 'red', 'yellow' ], lowStock => 1 },
    {   name => 'date', price => 19.99, stock => 7,
        description => 'a sweet fruit' },
    {   name => "\x{c9}clair", price => 20, stock => 1, category => 'cake',
        description => "\x{c9}t\x{e9} & sweet cream" },
);
for my $product (@products) {
    my $made = $t->create(%{$product});
    $made{ $product->{name} } = $made;
}
my $eclair = "\x{c9}clair";

# Sorts
names_are('sort=createdAt', "Apple banana Carrot date $eclair");
names_are('sort=-createdAt', "$eclair date Carrot banana Apple");
names_are('q=sweet&category=fruit', 'banana');
names_are('sort=name', "Apple Carrot banana date $eclair", 'by code point');
names_are('sort=-name', "$eclair date banana Carrot Apple");
my @cheap = sort { $made{$a}{id} cmp $made{$b}{id} } qw(banana Carrot);
names_are('sort=price', "@cheap Apple date $eclair", 'ties by id');
names_are('sort=-price', "$eclair date Apple " . join(' ', reverse @cheap),
    'ties follow the sort');
my @seven = sort { $made{$a}{id} cmp $made{$b}{id} } qw(date Carrot);
names_are('sort=stock', "Apple $eclair banana @seven");
names_are('sort=-stock', join(' ', reverse @seven) . " banana $eclair Apple");

# Filters
names_are('sort=name&category=fruit', 'Apple banana');
names_are('sort=name&category=roots+%26+leaves', 'Carrot');
names_are('sort=name&category=Fruit', '', 'a category is what it is');
names_are('sort=name&tag=red', 'Apple Carrot');
names_are('sort=name&tag=red&category=fruit', 'Apple');
names_are('sort=name&minPrice=1', "Apple date $eclair", 'bounds are inclusive');
names_are('sort=name&maxPrice=1', 'Apple Carrot banana');
names_are('sort=name&minPrice=0.5&maxPrice=0.50', 'Carrot banana');
names_are('sort=name&minPrice=19.99&maxPrice=19.99', 'date');
names_are('sort=name&minPrice=0.5001&maxPrice=0.9999', '');
names_are('sort=name&minPrice=2&maxPrice=1', '', 'nothing is between');
names_are('sort=name&inStock=true', "Carrot banana date $eclair");
names_are('sort=name&inStock=false', 'Apple');
names_are('sort=name&lowStock=true', 'Apple banana',
    'at most its lowStock, where it has one');
names_are('sort=name&sku=A-1', 'Apple');
names_are('sort=name&sku=A-2', '');

# Words
names_are('sort=name&q=sweet', "banana date $eclair", 'q: not in tags');
names_are('sort=name&q=SWEET+fruit', 'date', 'all must match');
names_are('sort=name&q=fruit,sweet', 'date', 'in any order');
names_are('sort=name&q=%C3%A9t%C3%89', $eclair, 'small letters of any script');
names_are('sort=name&q=curve', '', 'whole words');

# They follow the product.
my $path = $t->path($made{banana});
$t->status_is($t->patch($path, { name => 'Plantain' }), 200, 'a new name');
names_are('sort=name&q=banana', '', 'is found by it');
names_are('sort=name&q=plantain', 'Plantain', 'and no longer by the old one');
names_are('sort=name&q=plantain+sweet+curved', 'Plantain');
$t->status_is($t->patch($path, { description => undef }), 200, 'no description');
names_are('sort=name&q=curved', '', 'nor its words');
$t->status_is($t->patch($path, { price => 0.75 }), 200, 'another edit');
names_are('sort=name&q=plantain', 'Plantain', 'leaves them');
$t->status_is($t->put($path, { name => '???', price => 1 }), 200, 'no word');
names_are('sort=name&q=plantain', '', 'nothing is left');
$t->status_is($t->put($path, { name => 'banana', price => 0.5, stock => 3,
    description => 'back' }), 200, 'as before');
names_are('sort=name&q=back+banana', 'banana');
my $shown = $t->get($path);
unlike($shown->body, qr/words/, 'they are not shown');
my ($document) = $t->mongo->find('products',
    { _id => Inv::Mongo::oid($made{banana}{id}) });
is_deeply($document->{words}, [qw(back banana)], 'but kept with the product');
unlike($t->get("$path/movements")->body, qr/words/, 'nor in the ledger');

# Purchases show in lists of stock at once.
$t->status_is($t->post($t->path($made{$eclair}, 'purchase'), { quantity => 1 }),
    200, 'the last one is sold');
names_are('sort=name&inStock=false', "Apple $eclair");
is((items(list('sort=stock&limit=1&q=cream')))[0]{stock}, 0, 'sold out');

# By ids
my @ids = map { $made{$_}{id} } qw(date Apple Carrot);
my $r = list('ids=' . join ',', $ids[0], 'x', $ids[1], 'f' x 24, $ids[2]);
$t->status_is($r, 200, 'ids');
is(join(' ', map { $_->{name} } items($r)), 'date Apple Carrot',
    'in that order, missing ones left out');
same_json($r->json->{page}, { limit => 100, next => undef }, 'one page');
is($r->header('Link'), undef, 'without another');
same_json((items($r))[1], $t->get($t->path($made{Apple}))->json,
    'as a GET of each');
is(scalar items(list("ids=$_")), 0, "none: ids=$_")
    for '', ',', 'x', uc($ids[0]) . ',z';
is(scalar items(list('ids=' . join ',', @ids, ('x') x 97)), 3, 'a hundred');
$t->status_is($t->delete($t->path($made{Carrot})), 204, 'one is deleted');
is(join(' ', map { $_->{name} } items(list('ids=' . join ',', @ids))),
    'date Apple', 'and left out');

# A cursor is of one list.
my $cursor = list('sort=name&limit=1')->json->{page}{next};
$t->status_is(list("limit=2&cursor=$cursor&sort=name"), 200, 'its own list');
$t->pointers_are(list("cursor=$cursor&$_"), ['?cursor'], "not of $_")
    for 'limit=1', 'sort=-name', 'sort=price', 'sort=name&q=a',
    'sort=name&category=fruit';

# What is refused
my %wrong = (
    'sort='                     => ['?sort'],
    'sort=colour'               => ['?sort'],
    'sort=name&sort=name'       => ['?sort'],
    'category='                 => ['?category'],
    'category=' . 'x' x 65      => ['?category'],
    'tag='                      => ['?tag'],
    'tag=' . '%C3%A9' x 65      => ['?tag'],
    'sku=a+b'                   => ['?sku'],
    'minPrice=x'                => ['?minPrice'],
    'minPrice=-1'               => ['?minPrice'],
    'minPrice=1.00001'          => ['?minPrice'],
    'maxPrice=123456789012345'  => ['?maxPrice'],
    'maxPrice='                 => ['?maxPrice'],
    'inStock=yes'               => ['?inStock'],
    'lowStock=false'            => ['?lowStock'],
    'q='                        => ['?q'],
    'q=!!'                      => ['?q'],
    'q=' . join('+', 'a' .. 'q') => ['?q'],
    'ids=' . join(',', ('x') x 101) => ['?ids'],
    'ids=x&limit=5'             => ['?limit'],
    'ids=x&q=a&sort=name'       => [ '?q', '?sort' ],
    'page=501'                  => ['?page'],
    'page=1&cursor=x'           => [ '?cursor', '?cursor' ],
    'Category=fruit'            => ['?Category'],
    'minPrice=x&q=&colour=red&limit=0' =>
        [ '?minPrice', '?q', '?colour', '?limit' ],
);
$t->pointers_are(list($_), $wrong{$_},
    '422: ' . (length > 60 ? substr($_, 0, 60) . '...' : $_))
    for sort keys %wrong;

$t->done;

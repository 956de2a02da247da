package Inv::Coherence::Shop;

# The products as one process of clients knows them: all ids, with the members
# of those that are its own.  Which come and go, the processes tell each other
# through a file.

use strict;
use warnings;

use Fcntl qw(SEEK_SET);
use IO::Handle;
use Time::HiRes qw(time);

use constant {
    CATEGORIES   => 12,
    WORDS        => 12,
    LOOK_SECONDS => 0.05,
    OWN_MAX      => 120,    # so that a category stays within one page
    GONE_KEPT    => 20,     # of those that are gone, still asked for
};

# name: of the process; hot: ids; products: of all, {id, sku, category, word,
# owner} each; notes: the file.
sub new {
    my ($class, %opt) = @_;
    my %own = map { $_->{id} => { %{$_} } }
        grep { $_->{owner} eq $opt{name} } @{ $opt{products} };
    open my $notes, '>>', $opt{notes} or die "$opt{notes}: $!\n";
    open my $news,  '<',  $opt{notes} or die "$opt{notes}: $!\n";
    $notes->autoflush(1);
    return bless {
        name   => $opt{name},
        hot    => $opt{hot},
        all    => [ map { $_->{id} } @{ $opt{products} } ],
        own    => \%own,
        skus   => [ map { $_->{sku} } @{ $opt{products} } ],
        notes  => $notes,
        news   => $news,
        gone   => [],
        looked => 0,
        count  => 0,
    }, $class;
}

sub hot { my ($self) = @_; return @{ $self->{hot} } }
sub all { my ($self) = @_; return @{ $self->{all} } }

sub sku_of { my ($self, $id) = @_; return $self->member_of($id, 'sku') }

# Of a product of its own; undef: not known, or it has none.
sub member_of {
    my ($self, $id, $member) = @_;
    my $product = $self->{own}{$id} or return;
    return length $product->{$member} ? $product->{$member} : undef;
}

sub any_sku { my ($self, $random) = @_; return $random->pick(@{ $self->{skus} }) }

sub any_category { my ($self, $random) = @_; return _category($random) }
sub any_word     { my ($self, $random) = @_; return _word($random) }

sub _category { my ($random) = @_; return 'c' . $random->between(1, CATEGORIES) }
sub _word     { my ($random) = @_; return 'word' . $random->between(1, WORDS) }

# One of its own that is not being edited; undef: there is none to be had.
sub free {
    my ($self, $random, $deletable) = @_;
    my @ids = sort keys %{ $self->{own} } or return;
    my $product = $self->{own}{ $random->pick(@ids) };
    return if $product->{busy};
    return if $deletable && ($product->{hot} || @ids < OWN_MAX / 4);
    return $product;
}

# A product that is not there yet; nothing: there are enough.
sub invent {
    my ($self, $random) = @_;
    return if keys %{ $self->{own} } >= OWN_MAX;
    return (
        invented($random, sprintf '%s-%d', $self->{name}, ++$self->{count}),
        owner => $self->{name}
    );
}

sub invented {
    my ($random, $sku) = @_;
    return (
        sku      => $sku,
        category => _category($random),
        word     => _word($random),
        weight   => $random->chance(0.5) ? $random->between(0, 3000) : 0,
    );
}

# As it is to be posted, and as it is written down.
sub json_of {
    my ($product) = @_;
    return {
        name        => "Named $product->{word} at first",
        sku         => $product->{sku},
        category    => $product->{category},
        price       => 1 + length($product->{sku}) % 7,
        description => 'x' x $product->{weight},
        stock       => 1_000_000,
    };
}

sub changes_of {
    my ($product) = @_;
    return { alive => 1, map { $_ => $product->{$_} } qw(sku category word) };
}

# Nobody knows what an edit of it has come to: it is not edited any more.
sub give_up {
    my ($self, $product) = @_;
    delete $self->{own}{ $product->{id} };
    return;
}

sub born {
    my ($self, $product) = @_;
    $self->{own}{ $product->{id} } = $product;
    $self->_note("+ $product->{id} $product->{sku}");
    return;
}

sub gone {
    my ($self, $product) = @_;
    delete $self->{own}{ $product->{id} };
    $self->_note("- $product->{id}");
    return;
}

sub _note {
    my ($self, $text) = @_;
    print { $self->{notes} } "$text\n";
    return;
}

# Sees what all processes, this one too, have noted.
sub look {
    my ($self) = @_;
    return if time - $self->{looked} < LOOK_SECONDS;
    $self->{looked} = time;
    my $news = $self->{news};
    while (1) {
        my $at = tell $news;
        my $line = <$news>;
        if (!defined $line || $line !~ /\n\z/) {
            seek $news, $at, SEEK_SET;
            return;
        }
        my ($sign, $id, $sku) = split ' ', $line;
        if ($sign eq '+') {
            push @{ $self->{all} },  $id;
            push @{ $self->{skus} }, $sku;
            next;
        }
        push @{ $self->{gone} }, $id;
        next if @{ $self->{gone} } < GONE_KEPT;
        my $forgotten = shift @{ $self->{gone} };
        @{ $self->{all} } = grep { $_ ne $forgotten } @{ $self->{all} };
    }
    return;
}

1;
